// Package metrics has measures of samples and of what an energy has learnt, one a file. They are functions of plain numbers: energies
// [samples], and features [samples][dims], which may be pixels, points, or what a network makes of images.
//
//	area, err := metrics.AUROC(energiesOfTestSet, energiesOfForeignData)
//	fmt.Printf("%.3f, 95%% confidence interval %.3f to %.3f\n", area.Value, area.Low, area.High)
//
// Of energies:
//   - [AUROC] and [ROC]: whether they tell foreign data
//   - [ForwardLogZ], [ReverseLogZ] and [RAISE]: normaliser and likelihood, from the weights of annealed importance sampling, whose chains
//     samplers.AIS runs
//   - [GridKL] and [GridLogZ]: divergence and normaliser in 2-D
//
// Of samples beside data:
//   - [FID], [KID] and [MMD]: distances between distributions
//   - [InceptionScore] and [PrecisionRecall]: quality and variety
//   - [Nearest]: whether samples are copies of training examples
//   - [Modes]: which of the known modes samples reach
//
// Of chains:
//   - [ESS]: the effective sample size
package metrics
