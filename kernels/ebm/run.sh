#!/usr/bin/env bash
# The command of the Jupyter kernel "EBM (Go)": GoNB, with the project as the workspace of every notebook, so that
# cells import ebm/ebmlib/... and get exactly the versions that go.mod pins.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../env.sh"

if [[ ! -x $deps/bin/gonb ]]; then
	echo "the kernel EBM (Go) is not built: run \`make setup\` in $root" >&2
	exit 1
fi

# The Go that go.mod asks for, also where the one on PATH is older and has fetched it.
goroot=$(cd "$root" && go env GOROOT)
export PATH=$goroot/bin:$PATH

# GoNB makes a workspace of its own, in which -mod=mod is an error. Without debug tables a cell links twice as fast.
unset GOWORK
export GOFLAGS="-buildvcs=false '-ldflags=-s -w'"
# What go.mod does not pin is refused, not fetched.
export GOPROXY=off

# GoNB's own log tells a user nothing; only what stops the kernel is shown.
exec gonb -go_work="$root" -raw_error -logtostderr=false -log_file=/dev/null -stderrthreshold=FATAL "$@"
