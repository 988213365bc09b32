// Package schedule reads the schedule expressions of EventBridge rules and EventBridge Scheduler, and says when they
// fire next. It is pure: it takes instants and returns instants.
//
//	rate(5 minutes)                  every N minutes, hours or days since the schedule was made
//	cron(15 10 ? * MON-FRI *)        minute, hour, day of month, month, day of week, year
//	at(2026-03-01T09:30:00)          once; Scheduler only
//
// An [Expression] is what [Parse] reads. A [Plan] adds what an expression does not say: the time zone, and the instant
// from which a rate counts.
//
//	e, err := schedule.Parse("cron(0 2 ? * SAT#3 *)")
//	next, ok := schedule.Plan{Expression: e}.Next(time.Now())
//
// # The fields of cron
//
//	minute        0–59              , - * /
//	hour          0–23              , - * /
//	day of month  1–31              , - * ? / L W    L the last day, nW the weekday nearest to n within the month
//	month         1–12, JAN–DEC     , - * /
//	day of week   1–7, SUN–SAT      , - * ? L #      6L the last Friday, 3#2 the second Tuesday, L alone is Saturday
//	year          1970–2199         , - * /
//
// a/n is a and every n-th after it to the field's end, */n the same from the field's first value, a-b/n within the
// range. One of the two day fields is ?, the other is not. An expression may have no time left, or never have had one:
// that is no error, it only does not fire.
//
// # Assumptions
//
// AWS does not say, and so it is taken here: names are upper-case; a range does not wrap around; an increment is no
// larger than its field; L and W may stand in lists, # may not; a month that has no day n has no nW either; with two ?
// an expression is refused. LW, L-n and the like, which other schedulers have, are refused.
package schedule
