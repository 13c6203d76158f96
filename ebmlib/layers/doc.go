// Package layers has the building blocks of the energies. Every one can be differentiated twice, which the KL term of
// improved contrastive divergence needs: it differentiates, in the parameters, a function of ∂E/∂x.
//
// Layers are graph functions. Those with parameters take the scope that holds them and use PyTorch's names and
// layouts (weight [out, in, height, width] or [out, in], bias [out]), so that weights of the paper's reference
// implementation fit as they are. A layer may be applied any number of times in a graph with the same scope.
//
//	h := layers.Swish(layers.Conv(scope.At("conv1"), x, 64, 3)) // [batch, 64, height, width]
//	h = layers.AveragePool(h, 3, 2, 1)                          // [batch, 64, height/2, width/2]
//	e := layers.Linear(scope.At("energy_map"), layers.MeanOverPositions(h), 1)
//
// Convolutions come plain ([Conv]), with standardised weights ([StandardizedConv]) and by spectral norm ([SpectralConv]); norms as
// [GroupNorm]; further there are [SelfAttention], a [Condition] of each channel, [AveragePool], [BlurPool] and [Resize].
// [HoldParameters] and [InputGradient] leave out the gradients that nobody asks for.
//
// Images are [batch, channels, height, width]. Graph functions panic on wrong shapes, as GoMLX's do.
package layers
