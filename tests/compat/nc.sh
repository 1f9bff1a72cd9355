#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: nc's command lines, run with nc and with ours in its place.
exec python3 "${top_srcdir:?is set by make check}/tests/compat/compare.py" \
    "$top_srcdir/tests/compat/nc.cases"
