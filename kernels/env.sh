# Sourced by the scripts of this folder: where the project keeps things, and the environment its programs run in.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$root/.deps
data=$(realpath -m -- "${EBM_DATA:-$HOME/.ebm/data}")
export EBM_DATA=$data

# The versions in go.mod count, not those of a workspace that surrounds the project.
export GOWORK=off
export PATH=$deps/bin:$PATH

# Engines are set up by `make setup`, never fetched while something runs.
export GOMLX_NO_AUTO_INSTALL=1
if [[ -e $deps/lib/libonnxruntime.so.1 ]]; then
	export ONNXRUNTIME_SHARED_LIBRARY_PATH=${ONNXRUNTIME_SHARED_LIBRARY_PATH:-$deps/lib/libonnxruntime.so.1}
fi

# Jupyter finds kernels/ebm below the root; the user's own configuration stays out of play and untouched.
export JUPYTER_PATH=$root${JUPYTER_PATH:+:$JUPYTER_PATH}
export JUPYTER_CONFIG_DIR=$deps/jupyter

# python_with MODULE=MAJOR... prints the first Python that has these modules in these major versions or later:
# the project's own, the one on PATH, or the one behind the `jupyter` command. It fails where there is none.
python_with() {
	local python jupyter
	jupyter=$(command -v jupyter) && jupyter=$(sed -n '1s/^#! *\([^ ]*python[^ ]*\).*/\1/p' "$jupyter")
	for python in "$deps/venv/bin/python" python3 "$jupyter"; do
		if "$python" - "$@" 2>/dev/null <<-'END'; then
			import sys
			from importlib.metadata import version
			wanted = [item.split("=") for item in sys.argv[1:]]
			sys.exit(any(int(version(name).split(".")[0]) < int(major) for name, major in wanted))
		END
			echo "$python"
			return
		fi
	done
	return 1
}
