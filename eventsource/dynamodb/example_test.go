package dynamodb_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
)

func Example() {
	users := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{})
	ann := dynamodb.Item{"id": events.NewStringAttribute("ann"), "logins": events.NewNumberAttribute("1.0")}
	err := users.PutItem(ann)
	if err == nil {
		err = users.PutItem(ann) // changes nothing, and writes no record
	}
	if err == nil {
		err = users.UpdateItem(dynamodb.Item{"id": events.NewStringAttribute("ann")}, func(item dynamodb.Item) dynamodb.Item {
			item["logins"] = events.NewNumberAttribute("2")
			return item
		})
	}
	if err != nil {
		fmt.Println(err)
	}

	// This is what a mapping does.
	shards, err := users.Shards(context.Background())
	if err != nil {
		fmt.Println(err)
	}
	page, err := users.Read(context.Background(), shards[0].ID, eventsource.Position{Type: eventsource.TrimHorizon}, 100)
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range page.Records {
		var e events.DynamoDBEventRecord
		if err := json.Unmarshal(r.JSON, &e); err != nil {
			fmt.Println(err)
		}
		fmt.Println(e.EventName, e.Change.NewImage["logins"].Number(), e.Change.SizeBytes)
	}
	// Output:
	// INSERT 1 18
	// MODIFY 2 31
}

func ExampleTable_UpdateItem() {
	users := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{})
	key := dynamodb.Item{"id": events.NewStringAttribute("ann")}
	err := users.UpdateItem(key, func(item dynamodb.Item) dynamodb.Item {
		item["name"] = events.NewStringAttribute("Ann")
		return item
	})
	fmt.Println(err)
	err = users.UpdateItem(key, func(dynamodb.Item) dynamodb.Item {
		return dynamodb.Item{"id": events.NewStringAttribute("bob")}
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, dynamodb.ErrValidation))
	// Output:
	// <nil>
	// dynamodb: ValidationException: One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key
	// true
}

func ExampleTable_Scan() {
	scores := dynamodb.NewTable("scores", dynamodb.KeySchema{Hash: "game", Range: "score", RangeType: dynamodb.N}, dynamodb.Options{})
	for _, n := range []string{"10", "9", "1e2"} {
		err := scores.PutItem(dynamodb.Item{"game": events.NewStringAttribute("go"), "score": events.NewNumberAttribute(n)})
		if err != nil {
			fmt.Println(err)
		}
	}
	for _, item := range scores.Scan() {
		fmt.Println(item["score"].Number())
	}
	// Output:
	// 9
	// 10
	// 100
}

func ExampleTable_Notify() {
	users := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{StreamViewType: dynamodb.KeysOnly})
	stop := users.Notify(func() { fmt.Println("something to read") })
	defer stop()
	fmt.Println(users.PutItem(dynamodb.Item{"id": events.NewStringAttribute("ann")}))
	// Output:
	// something to read
	// <nil>
}
