#include "worker/leases/leases_findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_FINDINGS = 16 };

void leases_findings_free(struct leases_findings *findings)
{
    free(findings->at);
    *findings = (struct leases_findings){0};
}

struct status leases_findings_add(struct leases_findings *findings, const char *problem, const char *shard,
                                  const char *owner, const char *format, ...)
{
    if (findings->count == findings->capacity) {
        size_t capacity = findings->capacity == 0 ? FIRST_FINDINGS : findings->capacity * 2;
        struct leases_finding *grown = realloc(findings->at, capacity * sizeof *grown);
        if (grown == NULL) {
            return status_no_memory("findings", capacity * sizeof *grown);
        }
        findings->at = grown;
        findings->capacity = capacity;
    }
    struct leases_finding *finding = &findings->at[findings->count];
    finding->problem = problem;
    finding->shard = shard;
    finding->owner = owner;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->words, sizeof finding->words, format, arguments);
    va_end(arguments);
    findings->count++;
    return status_ok();
}
