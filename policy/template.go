package policy

// Template is a new rule file that is valid and proved: what remains is to say
// something else. Its verb is the id of the rule.
const Template = `rule: "%s"
title: {fr: Machines sensibles avec suppléant, en: Sensitive machines have a deputy}
text:
  fr: Chaque machine sensible en service a un suppléant de son propriétaire.
  en: Each sensitive machine in service has a deputy of its owner.
explain:
  fr: Une machine dont la disponibilité est à 3 ou plus ne doit pas dépendre d’une seule personne.
  en: A machine whose availability is 3 or more must not depend on a single person.
acts: [owner, role:cio]
params:
  own_sensitive_level: {unit: level, default: 3, min: 1, max: 4, source: D, label: {fr: Niveau à partir duquel la règle juge, en: Level from which the rule judges}}
checks:
  - id: deputy
    title: {fr: Suppléant désigné, en: Deputy named}
    knows: register            # machine, register or attested
    judges: asset              # one row per judged record: (id, why), why is NULL when it conforms
    due_days: 30
    sql: |
      SELECT a.id,
             CASE WHEN a.deputy IS NULL THEN 'none' END AS why
        FROM asset a
       WHERE a.family = 'hardware' AND a.status = 'in_service' AND a.d >= :own_sensitive_level
    reasons:
      none:
        fr: Aucun suppléant n’est désigné
        en: No deputy is named
        fix: {fr: Désigner un suppléant, en: Name a deputy}
cases:
  - name: a deputy is enough, a less sensitive machine is not judged
    today: 2026-03-01
    world:
      entity: [{id: e1, name: Alpha, country: FR}]
      person: [{id: ana, name: Ana, entity: e1}]
      asset:
        - {id: with, name: SQL 1, kind: server, entity: e1, status: in_service, d: 3, deputy: ana}
        - {id: without, name: SQL 2, kind: server, entity: e1, status: in_service, d: 4}
        - {id: minor, name: Test, kind: server, entity: e1, status: in_service, d: 2}
    expect:
      deputy: {judged: [with, without], violations: {without: none}}
`
