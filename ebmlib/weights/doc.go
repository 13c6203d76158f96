// Package weights takes the weights of an energy in and out by the names that the paper's reference implementation gives
// them, those of a PyTorch state dict: the variable /energy/res_1a/conv1/weight below the scope /energy is
// res_1a.conv1.weight. Files are .npz or .safetensors, as the ending of their name says.
//
// A network's variables come to be when a graph with it first runs, so that comes before an import:
//
//	store := model.NewStore()
//	exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
//		return network.Energy(scope.At("energy"), x, nil)
//	})
//	_, err = exec.Call(images) // a batch of two images of the right size will do
//
//	tensors, err := weights.Read("reference.safetensors")
//	report, err := weights.Import(store.Scope("/energy"), tensors.Under("module."))
//	fmt.Println(report)
//
// and the way back is
//
//	tensors, err := weights.Export(store.Scope("/energy"))
//	err = weights.Write("energy.npz", tensors)
//
// In PyTorch, safetensors.torch.save_file(net.state_dict(), "reference.safetensors") writes such a file.
package weights
