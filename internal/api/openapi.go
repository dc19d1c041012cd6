package api

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

type object = map[string]any

// describe is the OpenAPI 3.1 description of routes and of every register.
func describe(r *request) (any, error) {
	paths := object{}
	for _, rt := range routes {
		if rt.path == "/openapi.json" {
			continue
		}
		if strings.Contains(rt.path, "{name}") { // one path for each register: its records have a schema of their own
			for _, reg := range r.s.Book.Registers() {
				addPath(paths, rt, strings.Replace(rt.path, "{name}", reg.ID, 1), reg)
			}
			continue
		}
		addPath(paths, rt, rt.path, nil)
	}
	schemas := object{}
	for name, s := range baseSchemas {
		schemas[name] = s
	}
	for _, reg := range r.s.Book.Registers() {
		schemas["record_"+reg.ID] = recordSchema(reg)
	}
	return object{
		"openapi": "3.1.0",
		"info":    object{"title": "Vigie", "version": "1", "license": object{"name": "EUPL-1.2", "identifier": "EUPL-1.2"}},
		"paths":   paths,
		"components": object{
			"schemas":         schemas,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}},
		},
		"security": []object{{"token": []string{}}},
	}, nil
}

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

func addPath(paths object, rt route, path string, reg *register.Register) {
	var params []object
	for _, m := range pathParam.FindAllStringSubmatch(path, -1) {
		params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, q := range rt.query {
		if !strings.HasPrefix(q, "f.FIELD") {
			params = append(params, object{"name": q, "in": "query", "schema": querySchema(q)})
			continue
		}
		if reg == nil {
			continue
		}
		for _, f := range reg.Fields {
			ranged := f.Kind == register.Date || f.Kind == register.Time || f.Kind == register.Integer || f.Kind == register.Tenths || f.Kind == register.Level
			if q == "f.FIELD" || ranged {
				params = append(params, object{"name": strings.Replace(q, "FIELD", f.Name, 1), "in": "query", "schema": object{"type": "string"}, "description": f.Label.EN})
			}
		}
	}
	ref := func(name string) object {
		if name == "Record" && reg != nil {
			name = "record_" + reg.ID
		}
		return object{"$ref": "#/components/schemas/" + name}
	}
	answers := object{"default": object{"description": "The error, as RFC 9457 says", "content": object{"application/problem+json": object{"schema": ref("Problem")}}}}
	switch {
	case rt.answer == "" && strings.HasSuffix(path, "/export"):
		answers["200"] = object{"description": "The file", "content": object{"text/csv": object{}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": object{}}}
	case rt.answer == "" && strings.HasSuffix(path, "/pack"):
		answers["200"] = object{"description": "The pack", "content": object{"application/zip": object{}}}
	case rt.answer == "":
		answers["204"] = object{"description": "Done"}
	case rt.created:
		answers["201"] = object{"description": "Made", "content": object{"application/json": object{"schema": ref(rt.answer)}}}
	default:
		answers["200"] = object{"description": "The answer", "content": object{"application/json": object{"schema": ref(rt.answer)}}}
	}
	op := object{"summary": rt.summary, "operationId": operationID(rt.method, path), "responses": answers}
	if len(params) > 0 {
		op["parameters"] = params
	}
	if roles := rolesFor(rt, reg); roles != "" {
		op["description"] = "Roles: " + roles
	}
	switch rt.body {
	case "":
	case "file":
		op["requestBody"] = object{"required": true, "content": object{"application/octet-stream": object{}}}
	default:
		op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": ref(rt.body)}}}
	}
	if paths[path] == nil {
		paths[path] = object{}
	}
	paths[path].(object)[strings.ToLower(rt.method)] = op
}

func rolesFor(rt route, reg *register.Register) string {
	name := ""
	if reg != nil {
		name = reg.ID
	}
	var out []string
	for _, role := range identity.Roles {
		if rt.allowed(identity.Token{Role: role}, name) {
			out = append(out, string(role))
		}
	}
	return strings.Join(out, ", ")
}

func operationID(method, path string) string {
	id := strings.ToLower(method)
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/api/v1/"), "/") {
		id += "_" + strings.Trim(part, "{}")
	}
	return id
}

func querySchema(name string) object {
	switch name {
	case "limit", "before", "version":
		return object{"type": "integer", "minimum": 0}
	case "on":
		return object{"type": "string", "format": "date"}
	case "waived", "excluded", "preview":
		return object{"type": "boolean"}
	case "strategy":
		return object{"type": "string", "enum": []string{string(register.Stop), string(register.Skip), string(register.Update)}}
	case "format":
		return object{"type": "string", "enum": []string{"csv", "xlsx"}}
	}
	return object{"type": "string"}
}

func recordSchema(reg *register.Register) object {
	props := object{
		"id":         object{"type": "string"},
		"version":    object{"type": "integer", "description": "Give it back in PATCH: refused if somebody changed the record since"},
		"created_at": object{"type": "string", "format": "date-time", "readOnly": true},
		"updated_at": object{"type": "string", "format": "date-time", "readOnly": true},
		"source":     object{"type": "string", "readOnly": true},
	}
	props["reason_for_change"] = object{"type": "string", "writeOnly": true}
	var required []string
	for _, f := range reg.Fields {
		props[f.Name] = fieldSchema(f)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	slices.Sort(required)
	s := object{"type": "object", "title": reg.Label.EN, "properties": props}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func fieldSchema(f register.Field) object {
	s := object{"title": f.Label.EN}
	types := []string{"string", "null"}
	switch f.Kind {
	case register.Integer:
		types[0] = "integer"
	case register.Tenths:
		types[0] = "number"
		s["multipleOf"] = 0.1
	case register.Level:
		types[0] = "integer"
		s["minimum"], s["maximum"] = 0, 4
	case register.Bool:
		types[0] = "boolean"
	case register.Date:
		s["format"] = "date"
	case register.Time:
		s["format"] = "date-time"
	case register.Email:
		s["format"] = "email"
	case register.Ref:
		s["description"] = fmt.Sprintf("id of a record of %s", f.To)
	case register.Enum:
		var values []any
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
		s["enum"] = append(values, nil)
	}
	s["type"] = types
	if f.Derive != nil {
		s["readOnly"] = true
	}
	return s
}

func array(name string, item object) object {
	return object{"type": "object", "properties": object{name: object{"type": "array", "items": item}}, "required": []string{name}}
}

var baseSchemas = object{
	"Problem": object{"type": "object", "properties": object{
		"type": object{"type": "string"}, "title": object{"type": "string"}, "status": object{"type": "integer"}, "detail": object{"type": "string"}, "instance": object{"type": "string"},
		"code": object{"type": "string", "description": "Stable, for programs"}, "errors": object{"type": "array", "items": object{"type": "object"}}}},
	"Record":    object{"type": "object"},
	"Page":      object{"type": "object", "properties": object{"records": object{"type": "array", "items": object{"type": "object"}}, "next": object{"type": "string", "description": "Value of after for the next page; empty at the end"}}},
	"Posture":   object{"type": "object", "properties": object{"on": object{"type": "string", "format": "date"}, "counts": object{"type": "object"}, "chapters": object{"type": "array", "items": object{"type": "object"}}, "rules": object{"type": "array", "items": object{"type": "object"}}}},
	"Rules":     array("rules", object{"type": "object"}),
	"Rule":      object{"type": "object"},
	"Findings":  array("findings", object{"type": "object"}),
	"Registers": array("registers", object{"$ref": "#/components/schemas/Register"}),
	"Register":  object{"type": "object", "properties": object{"id": object{"type": "string"}, "fields": object{"type": "array", "items": object{"type": "object"}}}},
	"History":   array("history", object{"type": "object"}),
	"Import":    object{"type": "object"},
	"Imports":   array("imports", object{"type": "object"}),
	"Undone":    object{"type": "object", "properties": object{"records": object{"type": "integer"}}},
	"Tokens":    array("tokens", object{"$ref": "#/components/schemas/Token"}),
	"Token":     object{"type": "object", "properties": object{"id": object{"type": "string"}, "name": object{"type": "string"}, "role": object{"type": "string"}, "secret": object{"type": "string"}}},
	"NewToken":  object{"type": "object", "required": []string{"name", "role", "ends_on"}, "properties": object{"name": object{"type": "string"}, "role": object{"type": "string", "enum": identity.Roles}, "entities": object{"type": "array", "items": object{"type": "string"}}, "ends_on": object{"type": "string", "format": "date"}}},
	"Enrolment": object{"type": "object", "required": []string{"machine_id", "hostname"}, "properties": object{"machine_id": object{"type": "string"}, "hostname": object{"type": "string"}}},
	"Enrolled":  object{"type": "object", "properties": object{"token": object{"type": "string"}}},
	"Classes":   array("classes", object{"type": "object", "required": []string{"class", "entries"}}),
	"Events":    array("events", object{"type": "object", "required": []string{"entry", "received", "source"}}),
	"Counts":    object{"type": "object", "required": []string{"total", "counts"}, "properties": object{"total": object{"type": "integer"}, "counts": object{"type": "array", "items": object{"type": "object", "required": []string{"at", "count"}}}}},
	"Accepted":  object{"type": "object", "properties": object{"asset": object{"type": "string", "description": "id of the machine in the inventory"}}},
}
