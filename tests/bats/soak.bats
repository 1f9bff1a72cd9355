#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Many clients and commands, well-behaved and not, and what is left of them.
# `make soak' is the same with thousands.

load helpers

@test "hundreds of clients at random, with signals in between: nothing is lost or left" {
	"$PEERS/soak.py" churn -n 400
}

@test "a hundred commands, killed and left at random: nothing is left, and the count is right" {
	"$PEERS/soak.py" commands -n 100
}
