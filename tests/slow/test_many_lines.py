# SPDX-License-Identifier: MIT
"""The tests of the log server with 100,000 lines, through outages and kills of either end."""
import test_log_server
from test_log_server import (test_a_killed_agent_loses_nothing_that_was_stored, test_every_line_arrives_in_order,   # noqa: F401
                             test_outages_lose_what_the_server_had_taken_at_most, world)

test_log_server.COUNT = 100000
