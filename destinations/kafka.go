package destinations

import (
	"maps"
	"slices"
)

// KafkaBatchInfo says which records of a topic a [BatchRecord] is about. There is no builder for it: a source of
// Kafka's fills it in.
type KafkaBatchInfo struct {
	BatchSize        int                   `json:"batchSize"`
	EventSourceARN   string                `json:"eventSourceArn,omitempty"` // absent for a self-managed cluster
	BootstrapServers string                `json:"bootstrapServers"`
	PayloadSize      int                   `json:"payloadSize"`
	RecordsInfo      map[string]KafkaRange `json:"recordsInfo"` // by topic and partition: mytopic-0
}

// KafkaRange is the records of one partition in a [KafkaBatchInfo].
type KafkaRange struct {
	FirstRecordOffset    string `json:"firstRecordOffset"`
	LastRecordOffset     string `json:"lastRecordOffset"`
	FirstRecordTimestamp string `json:"firstRecordTimestamp"`
	LastRecordTimestamp  string `json:"lastRecordTimestamp"`
}

// partition returns the first partition's key. What an object's key says for a batch of several is not documented.
func (i *KafkaBatchInfo) partition() string {
	if keys := slices.Sorted(maps.Keys(i.RecordsInfo)); len(keys) > 0 {
		return keys[0]
	}
	return ""
}

// MarshalJSON writes the record. It differs from plain encoding in one point: a Kafka batch that was too large for an
// event has a responseContext of null, where other records have none.
func (r BatchRecord) MarshalJSON() ([]byte, error) {
	type plain BatchRecord
	if r.RequestContext.Condition != MaximumPayloadSizeExceeded || r.ResponseContext != nil {
		return marshal(plain(r))
	}
	return marshal(struct {
		RequestContext  RequestContext  `json:"requestContext"`
		ResponseContext *struct{}       `json:"responseContext"`
		Version         string          `json:"version"`
		Timestamp       string          `json:"timestamp"`
		KafkaBatchInfo  *KafkaBatchInfo `json:"KafkaBatchInfo"`
	}{r.RequestContext, nil, r.Version, r.Timestamp, r.KafkaBatchInfo})
}
