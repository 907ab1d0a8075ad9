# SPDX-License-Identifier: MIT
"""What the tests of the device's HTTPS side share: one device for a whole file, a log for a test's own, and that a build may lack sealpost-web."""
import pytest

import real
from web_device import Device

pytestmark = pytest.mark.skipif(not (real.BUILD / "sealpost-web").exists(), reason="this build has no sealpost-web")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    log = real.Syslog(folder)
    d = Device(folder, log).start()
    d.add_reader()
    yield d
    d.stop()
    log.stop()


@pytest.fixture
def log(tmp_path):
    s = real.Syslog(tmp_path)
    yield s
    s.stop()
