// Package doctor examines what this project needs of a machine, and says what to do about what is missing.
//
//	report := doctor.Examine(ctx, doctor.Options{EngineCommand: []string{"ebm", "doctor", "engine"}})
//	fmt.Print(report)
//	if report.Err != nil {
//		os.Exit(1) // the engine that training would take is of no use
//	}
//
// Each engine is opened and tested in a process of its own, for a library that is damaged may end the process that loads it, or never come
// back. That process is EngineCommand with the engine's name, and does what [TestEngine] does.
package doctor
