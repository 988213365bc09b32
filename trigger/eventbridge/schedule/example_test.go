package schedule_test

import (
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

func ExampleParse() {
	e, err := schedule.Parse("cron(0 18 ? * MON-FRI *)")
	fmt.Println(e, e.Kind(), err)
	_, err = schedule.Parse("rate(1 minutes)")
	fmt.Println(err)
	// Output:
	// cron(0 18 ? * MON-FRI *) cron <nil>
	// schedule: "rate(1 minutes)": the unit is minute, hour or day, in the plural for more than one
}

func ExampleExpression_Next() {
	e := schedule.MustParse("cron(0 2 ? * SAT#3 *)") // the third Saturday of each month
	at := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	for range 3 {
		at, _ = e.Next(at)
		fmt.Println(at.Format(time.RFC3339))
	}
	// Output:
	// 2024-06-15T02:00:00Z
	// 2024-07-20T02:00:00Z
	// 2024-08-17T02:00:00Z
}

// The clocks of New York skip 2:30 on 10 March 2024: that day there is no firing.
func ExamplePlan() {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		fmt.Println(err)
		return
	}
	p := schedule.Plan{Expression: schedule.MustParse("cron(30 2 * * ? *)"), Location: zone}
	at := time.Date(2024, 3, 9, 0, 0, 0, 0, zone)
	for range 2 {
		at, _ = p.Next(at)
		fmt.Println(at)
	}
	// Output:
	// 2024-03-09 02:30:00 -0500 EST
	// 2024-03-11 02:30:00 -0400 EDT
}
