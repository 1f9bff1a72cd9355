#!/bin/sh
# SPDX-License-Identifier: ISC
# Make configure and what it needs, in a checkout.
set -eu
cd "$(dirname "$0")"
exec autoreconf --force --install "$@"
