# The shell is tested through the DMA, the simplest core.
