"""The sample shop: an invented gift shop with planted truths, and the generator that makes it in any size."""
