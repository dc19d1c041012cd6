package evidence_test

// These values were computed from docs/evidence-format.md by another program.
const (
	wantNonce = "dd12e3f09e85b8f1646d96744e4ecc0468d4e071ac6be42f731dd79a3bb857e2"
	wantHash  = "3fb2709e0d723dc71155bece5fa0fb9b4b089b9d3bb4c3240effb4adc0123110"
	wantLeaf  = `vigie-trace-block/v1
origin vigie.example/traces/standard
leaf 3
first-entry 7
entries 2
bytes 64
received-from 1795576455000000
received-to 1795576455000000
keep-days 184 365
sha256 567a4aa74500c7c7a846b5340a48bf3ae8c2e39f3b61fbbdb4b473ae7181dfba
entries-root f466f7ba15b4b1be23aab7bb308791aade04ccfc6f02d1f91e73acf799cb7071
`
)
