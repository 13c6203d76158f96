package doctor_test

import (
	"context"
	"fmt"

	"ebm/ebmlib/doctor"
)

// What is printed depends on the machine.
func ExampleExamine() {
	report := doctor.Examine(context.Background(), doctor.Options{EngineCommand: []string{"ebm", "doctor", "engine"}})
	fmt.Print(report)
	if report.Err != nil {
		fmt.Println("training can't run:", report.Err)
	}
}
