#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host: bare
# lib/xstore.h with the distribution's xenstored.
exec xstore-test
