package intake

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/buger/jsonparser"
	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// otlpMost bounds the bodies of OTLP, which are read whole: for one, for those of
// an address, and for all.
const (
	otlpMost = 20 << 20 // as the OpenTelemetry collector receives
	otlpOne  = 40 << 20
	otlpAll  = 160 << 20
)

// A logRecord is a record of OTLP as it is kept: one object of JSON, with the names
// of the data model of OpenTelemetry, and the resource and scope that the sender
// wrote once for many records. Identifiers are in hexadecimal, bytes in base64.
type logRecord struct {
	Time           string         `json:"@timestamp,omitempty"`
	Observed       string         `json:"observed_timestamp,omitempty"`
	Severity       string         `json:"severity_text,omitempty"`
	SeverityNumber int32          `json:"severity_number,omitempty"`
	EventName      string         `json:"event_name,omitempty"`
	Body           any            `json:"body,omitempty"`
	Attributes     map[string]any `json:"attributes,omitempty"`
	Dropped        uint32         `json:"dropped_attributes_count,omitempty"`
	Flags          uint32         `json:"flags,omitempty"`
	Trace          string         `json:"trace_id,omitempty"`
	Span           string         `json:"span_id,omitempty"`
	Resource       map[string]any `json:"resource,omitempty"`
	Scope          map[string]any `json:"scope,omitempty"`
}

// otlp receives the logs of OpenTelemetry over HTTP (OTLP 1.x), in protobuf or in
// JSON, one event for each record. A record that is longer than an event may be is
// refused by itself, which the answer says.
func (h *httpIntake) otlp(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	walk := walkProto
	switch kind {
	case "application/x-protobuf":
	case "application/json":
		walk = walkJSON
	default:
		elastic(w, http.StatusUnsupportedMediaType, `{"message":"Content-Type: application/x-protobuf or application/json"}`)
		return
	}
	w.Header().Set("Content-Type", kind)
	h.receive(otlpMost, func(in *bufio.Reader, b *batch) ([]byte, error) {
		body, release, err := h.whole(in, b.address)
		defer release()
		if err != nil {
			return nil, err
		}
		refused := 0
		err = walk(body, b.s.Limits.Message, func(record *logRecord) error {
			var text bytes.Buffer
			enc := json.NewEncoder(&text)
			enc.SetEscapeHTML(false)
			if record != nil {
				if err := enc.Encode(record); err != nil {
					return err
				}
			}
			event := bytes.TrimSuffix(text.Bytes(), []byte("\n"))
			if record == nil || len(event) > b.s.Limits.Message {
				refused++
				return nil
			}
			return b.add(event)
		})
		if err != nil {
			return nil, err
		}
		reason := fmt.Sprintf("longer than %d bytes", b.s.Limits.Message)
		switch {
		case kind == "application/json" && refused == 0:
			return []byte("{}"), nil
		case kind == "application/json":
			return fmt.Appendf(nil, `{"partialSuccess":{"rejectedLogRecords":"%d","errorMessage":%q}}`, refused, reason), nil
		case refused == 0:
			return nil, nil
		}
		return proto.Marshal(&collector.ExportLogsServiceResponse{PartialSuccess: &collector.ExportLogsPartialSuccess{RejectedLogRecords: int64(refused), ErrorMessage: reason}})
	})(w, r)
}

// whole reads a body within the memory that an address, and all, may have.
func (h *httpIntake) whole(in io.Reader, address string) (body []byte, release func(), err error) {
	held := 0
	more := func(n int) bool {
		h.s.mu.Lock()
		defer h.s.mu.Unlock()
		if h.heldAll+n > otlpAll || h.held[address]+n > otlpOne {
			return false
		}
		held, h.heldAll = held+n, h.heldAll+n
		h.held[address] += n
		return true
	}
	release = func() {
		h.s.mu.Lock()
		defer h.s.mu.Unlock()
		h.heldAll -= held
		if h.held[address] -= held; h.held[address] == 0 {
			delete(h.held, address)
		}
	}
	for {
		if len(body) == cap(body) {
			size := max(64<<10, 2*cap(body))
			if !more(size - cap(body)) {
				return nil, release, &refusal{http.StatusTooManyRequests, "too much at once: send again later"}
			}
			body = append(make([]byte, 0, size), body...)
		}
		n, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return body, release, nil
		case err != nil:
			return nil, release, err
		}
	}
}

var errOTLP = &refusal{http.StatusBadRequest, "not an export request of OTLP logs; nothing of it is kept, or what comes before the fault is"}

// The field numbers of OTLP: ExportLogsServiceRequest, ResourceLogs and ScopeLogs
// each hold, in 1, what is common (but for the first), and in 2, the rest.
const (
	fieldFirst protowire.Number = 1
	fieldRest  protowire.Number = 2
)

// fields gives the values of a field that are messages or texts.
func fields(data []byte, number protowire.Number, each func([]byte) error) error {
	for len(data) > 0 {
		num, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errOTLP
		}
		data = data[n:]
		size := protowire.ConsumeFieldValue(num, kind, data)
		if size < 0 {
			return errOTLP
		}
		if num == number && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(data)
			if err := each(value); err != nil {
				return err
			}
		}
		data = data[size:]
	}
	return nil
}

// walkProto gives the records of a request one by one, nil for one that is longer
// than most: the memory that a request takes is that of its body.
func walkProto(body []byte, most int, each func(*logRecord) error) error {
	return fields(body, fieldFirst, func(resourceLogs []byte) error {
		var from resource.Resource
		if err := fields(resourceLogs, fieldFirst, merge(&from, most)); err != nil {
			return err
		}
		attributes := attributesOf(from.Attributes)
		return fields(resourceLogs, fieldRest, func(scopeLogs []byte) error {
			var in common.InstrumentationScope
			if err := fields(scopeLogs, fieldFirst, merge(&in, most)); err != nil {
				return err
			}
			scope := scopeOf(in.Name, in.Version, attributesOf(in.Attributes))
			return fields(scopeLogs, fieldRest, func(raw []byte) error {
				if len(raw) > most {
					return each(nil)
				}
				var r logs.LogRecord
				if proto.Unmarshal(raw, &r) != nil {
					return errOTLP
				}
				return each(&logRecord{
					Time: instantOf(r.TimeUnixNano), Observed: instantOf(r.ObservedTimeUnixNano), Severity: r.SeverityText, SeverityNumber: int32(r.SeverityNumber), EventName: r.EventName,
					Body: valueOf(r.Body), Attributes: attributesOf(r.Attributes), Dropped: r.DroppedAttributesCount, Flags: r.Flags,
					Trace: hex.EncodeToString(r.TraceId), Span: hex.EncodeToString(r.SpanId), Resource: attributes, Scope: scope,
				})
			})
		})
	})
}

func merge(into proto.Message, most int) func([]byte) error {
	return func(raw []byte) error {
		if len(raw) > most || (proto.UnmarshalOptions{Merge: true}).Unmarshal(raw, into) != nil {
			return errOTLP
		}
		return nil
	}
}

func instantOf(nanos uint64) string {
	if nanos == 0 || nanos > math.MaxInt64 {
		return ""
	}
	return time.Unix(0, int64(nanos)).UTC().Format(time.RFC3339Nano)
}

func scopeOf(name, version string, attributes map[string]any) map[string]any {
	scope := map[string]any{}
	if name != "" {
		scope["name"] = name
	}
	if version != "" {
		scope["version"] = version
	}
	if len(attributes) > 0 {
		scope["attributes"] = attributes
	}
	return scope
}

func attributesOf(list []*common.KeyValue) map[string]any {
	out := make(map[string]any, len(list))
	for _, kv := range list {
		out[kv.GetKey()] = valueOf(kv.GetValue())
	}
	return out
}

func valueOf(v *common.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return v.BoolValue
	case *common.AnyValue_IntValue:
		return v.IntValue
	case *common.AnyValue_DoubleValue:
		return float(v.DoubleValue)
	case *common.AnyValue_BytesValue:
		return base64.StdEncoding.EncodeToString(v.BytesValue)
	case *common.AnyValue_ArrayValue:
		out := []any{}
		for _, one := range v.ArrayValue.GetValues() {
			out = append(out, valueOf(one))
		}
		return out
	case *common.AnyValue_KvlistValue:
		return attributesOf(v.KvlistValue.GetValues())
	}
	return nil
}

// float is a number of JSON, or its name when JSON has none for it.
func float(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return f
}

// A number of OTLP/JSON is a number or a text.
type number string

func (n *number) UnmarshalJSON(b []byte) error {
	*n = number(strings.Trim(string(b), `"`))
	return nil
}

func (n number) uint() uint64 {
	u, _ := strconv.ParseUint(string(n), 10, 64)
	return u
}

type jsonValue struct {
	String *string  `json:"stringValue"`
	Bool   *bool    `json:"boolValue"`
	Int    *number  `json:"intValue"`
	Double *float64 `json:"doubleValue"`
	Bytes  *string  `json:"bytesValue"`
	Array  *struct {
		Values []jsonValue `json:"values"`
	} `json:"arrayValue"`
	List *struct {
		Values []jsonKeyValue `json:"values"`
	} `json:"kvlistValue"`
}

type jsonKeyValue struct {
	Key   string    `json:"key"`
	Value jsonValue `json:"value"`
}

func (v jsonValue) any() any {
	switch {
	case v.String != nil:
		return *v.String
	case v.Bool != nil:
		return *v.Bool
	case v.Int != nil:
		if i, err := strconv.ParseInt(string(*v.Int), 10, 64); err == nil {
			return i
		}
		return string(*v.Int)
	case v.Double != nil:
		return *v.Double
	case v.Bytes != nil:
		return *v.Bytes
	case v.Array != nil:
		out := []any{}
		for _, one := range v.Array.Values {
			out = append(out, one.any())
		}
		return out
	case v.List != nil:
		return jsonAttributes(v.List.Values)
	}
	return nil
}

func jsonAttributes(list []jsonKeyValue) map[string]any {
	out := make(map[string]any, len(list))
	for _, kv := range list {
		out[kv.Key] = kv.Value.any()
	}
	return out
}

// walkJSON is walkProto for OTLP/JSON.
func walkJSON(body []byte, most int, each func(*logRecord) error) error {
	if !json.Valid(body) {
		return errOTLP
	}
	return array(body, "resourceLogs", func(resourceLogs []byte) error {
		var from struct {
			Attributes []jsonKeyValue `json:"attributes"`
		}
		if err := object(resourceLogs, "resource", most, &from); err != nil {
			return err
		}
		attributes := jsonAttributes(from.Attributes)
		return array(resourceLogs, "scopeLogs", func(scopeLogs []byte) error {
			var in struct {
				Name       string         `json:"name"`
				Version    string         `json:"version"`
				Attributes []jsonKeyValue `json:"attributes"`
			}
			if err := object(scopeLogs, "scope", most, &in); err != nil {
				return err
			}
			scope := scopeOf(in.Name, in.Version, jsonAttributes(in.Attributes))
			return array(scopeLogs, "logRecords", func(raw []byte) error {
				if len(raw) > most {
					return each(nil)
				}
				var r struct {
					Time           number         `json:"timeUnixNano"`
					Observed       number         `json:"observedTimeUnixNano"`
					SeverityNumber int32          `json:"severityNumber"`
					Severity       string         `json:"severityText"`
					EventName      string         `json:"eventName"`
					Body           jsonValue      `json:"body"`
					Attributes     []jsonKeyValue `json:"attributes"`
					Dropped        uint32         `json:"droppedAttributesCount"`
					Flags          uint32         `json:"flags"`
					Trace          string         `json:"traceId"`
					Span           string         `json:"spanId"`
				}
				if json.Unmarshal(raw, &r) != nil {
					return errOTLP
				}
				return each(&logRecord{
					Time: instantOf(r.Time.uint()), Observed: instantOf(r.Observed.uint()), Severity: r.Severity, SeverityNumber: r.SeverityNumber, EventName: r.EventName,
					Body: r.Body.any(), Attributes: jsonAttributes(r.Attributes), Dropped: r.Dropped, Flags: r.Flags, Trace: r.Trace, Span: r.Span, Resource: attributes, Scope: scope,
				})
			})
		})
	})
}

// array gives the objects of an array of an object; nothing when it has none.
func array(in []byte, key string, each func([]byte) error) error {
	list, kind, _, err := jsonparser.Get(in, key)
	switch {
	case kind == jsonparser.NotExist || kind == jsonparser.Null:
		return nil
	case err != nil || kind != jsonparser.Array:
		return errOTLP
	}
	var failed error
	_, err = jsonparser.ArrayEach(list, func(value []byte, kind jsonparser.ValueType, _ int, err error) {
		switch {
		case failed != nil:
		case err != nil || kind != jsonparser.Object:
			failed = errOTLP
		default:
			failed = each(value)
		}
	})
	if failed == nil && err != nil {
		failed = errOTLP
	}
	return failed
}

func object(in []byte, key string, most int, into any) error {
	value, kind, _, err := jsonparser.Get(in, key)
	switch {
	case kind == jsonparser.NotExist || kind == jsonparser.Null:
		return nil
	case err != nil || len(value) > most || json.Unmarshal(value, into) != nil:
		return errOTLP
	}
	return nil
}
