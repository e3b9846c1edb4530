# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What fetch, base-image and boot share: where the cache is, how they speak.

testbed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The guest's users read what these scripts make.
umask 022
# shellcheck disable=SC2034 # for those who source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rstat/testbed

# Messages go to stderr: boot's stdout belongs to the command in the guest, base-image's to the path it prints.
note() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# 126 is neither a status a test is likely to use nor one of boot's own two (124 timeout, 125 guest died).
die() { note "$*"; exit 126; }

tool() { "$testbed/tool" "$@"; }
