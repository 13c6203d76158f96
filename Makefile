# Thin targets; the work is done by the scripts in kernels/.
.PHONY: setup run lab test fuzz docs lab-check peers bench bench-gpu

setup:        ## installs what is missing into .deps/
	@kernels/setup

run: setup    ## trains and renders the first two notebooks into runs/pages/
	@kernels/render runs/pages notebooks/00_quickstart.ipynb notebooks/01_digits.ipynb

lab: setup    ## opens JupyterLab on notebooks/; make lab ARGS="--no-browser --port=8889" passes arguments on
	@kernels/lab $(ARGS)

test:         ## set-up, every check, every notebook in its smoke setting
	@kernels/test

fuzz:         ## a million inputs to each reader of files, an hour and a half on one CPU; make fuzz ARGS="--seconds 60 FuzzMAT"
	@kernels/fuzz $(if $(ARGS),$(ARGS),--inputs 1000000)

docs: setup   ## renders every notebook into docs/, with the gallery
	@kernels/render docs notebooks/*.ipynb
	@python3 kernels/gallery.py docs

lab-check: setup   ## drives JupyterLab in headless Chromium; screenshots in runs/lab-check/
	@kernels/lab-check runs/lab-check

peers: setup  ## installs PyTorch and JAX into .deps/peers, to be compared with (6 GB)
	@kernels/setup-peers

bench: setup  ## times this machine's engines, and PyTorch and JAX where `make peers` put them; make bench ARGS="a10 --rounds 3"
	@kernels/bench $(ARGS)

bench-gpu:    ## times the paper's CIFAR-10 setting on a GPU, with curves of its cost; into runs/bench-gpu/
	@kernels/bench-gpu
