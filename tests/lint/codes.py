#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares src/x509/codes.c with the installed OpenSSL header: every X509_V_ERR has its row, and no row is made up."""
import re
import sys
from pathlib import Path

HEADER = Path("/usr/include/openssl/x509_vfy.h")
TABLE = Path(__file__).resolve().parents[2] / "src" / "x509" / "codes.c"

defined = set(re.findall(r"#\s*define X509_V_ERR_(\w+)\s+\d+", HEADER.read_text()))
rows = re.findall(r"^\tROW\((\w+),\s+\"", TABLE.read_text(), flags=re.M)

complaints = [f"X509_V_ERR_{n} has no row" for n in sorted(defined - set(rows))]
complaints += [f"X509_V_ERR_{n} is not in {HEADER}" for n in sorted(set(rows) - defined)]
complaints += [f"X509_V_ERR_{n} has two rows" for n in sorted({r for r in rows if rows.count(r) > 1})]
for c in complaints:
    print(f"src/x509/codes.c: {c}")
sys.exit(1 if complaints or not defined else 0)
