#include "worker/filter/filter_report.h"

#include <stdlib.h>

#include "worker/leases/leases_text.h"

enum { HEAD_CEILING = 4 * 1024 * 1024, FIRST_CAPACITY = 64 };

void filter_report_free(struct filter_report *report)
{
    free(report->findings);
    leases_pool_free(&report->pool);
    *report = (struct filter_report){.findings = NULL};
}

/* A copy on one line; NULL: out of memory. */
static const char *copy_slice(struct filter_report *report, struct slice text)
{
    char *copy = leases_pool_take(&report->pool, text.length + 1);
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < text.length; i++) {
        copy[i] = (unsigned char)text.at[i] < 0x20 ? ' ' : text.at[i];
    }
    copy[text.length] = '\0';
    return copy;
}

static struct status add_finding(struct filter_report *report, const struct filter_finding *finding)
{
    if (report->count == report->capacity) {
        size_t capacity = report->capacity == 0 ? FIRST_CAPACITY : report->capacity * 2;
        struct filter_finding *more = realloc(report->findings, capacity * sizeof *more);
        if (more == NULL) {
            return status_no_memory("findings", capacity * sizeof *more);
        }
        report->findings = more;
        report->capacity = capacity;
    }
    if (finding->keys == NULL || finding->sequence == NULL || finding->field == NULL ||
        finding->why == NULL) {
        return status_no_memory("a finding", 0);
    }
    report->findings[report->count] = *finding;
    report->count++;
    return status_ok();
}

static struct status add_defect(struct filter_report *report, const struct decode_record *record)
{
    report->defects++;
    const struct filter_finding finding = {
        .record = report->records,
        .event = "",
        .keys = copy_slice(report, record->keys),
        .sequence = copy_slice(report, record->sequence_raw),
        .verdict = "defect",
        .field = "",
        .why = record->defect,
    };
    return add_finding(report, &finding);
}

static struct status judge_by(struct filter_report *report, const struct filter *filter, size_t index,
                              const struct decode_record *record, struct filter_finding *finding)
{
    static const char *const verdicts[] = {
        [FILTER_DROP] = "drop", [FILTER_PASS] = "pass", [FILTER_UNDECIDED] = "undecided"};
    enum filter_verdict verdict = filter_judge_pattern(filter, index, record);
    struct filter_reason reason = {.field = ""};
    if (verdict == FILTER_DROP) {
        filter_explain(filter, index, record, &reason);
    }
    finding->pattern = index + 1;
    finding->verdict = verdicts[verdict];
    finding->field = copy_slice(report, slice_of_text(reason.field));
    finding->why = copy_slice(report, slice_of_text(reason.words));
    report->by_pattern[index] += verdict != FILTER_DROP;
    return add_finding(report, finding);
}

struct status filter_report_add(struct filter_report *report, const struct filter *filter,
                                const struct decode_record *record)
{
    static const char *const events[] = {
        [RECORD_INSERT] = "INSERT", [RECORD_MODIFY] = "MODIFY", [RECORD_REMOVE] = "REMOVE"};
    report->records++;
    if (record->defect != NULL) {
        return add_defect(report, record);
    }
    struct filter_finding finding = {
        .record = report->records,
        .event = events[record->op],
        .keys = copy_slice(report, record->keys),
        .sequence = copy_slice(report, record->sequence_raw),
        .passes = filter_judge(filter, record) != FILTER_DROP,
    };
    report->passed += finding.passes;
    for (size_t i = 0; i < filter_count(filter); i++) {
        TRY(judge_by(report, filter, i, record, &finding));
    }
    return status_ok();
}

static struct status fill_record(const void *row, struct leases_cell *cell)
{
    return leases_cell_number(cell, (int64_t)((const struct filter_finding *)row)->record);
}

static struct status fill_pattern(const void *row, struct leases_cell *cell)
{
    size_t pattern = ((const struct filter_finding *)row)->pattern;
    return pattern == 0 ? status_ok() : leases_cell_number(cell, (int64_t)pattern);
}

static struct status fill_passes(const void *row, struct leases_cell *cell)
{
    return leases_cell_bool(cell, ((const struct filter_finding *)row)->passes);
}

static struct status fill_verdict(const void *row, struct leases_cell *cell)
{
    const char *verdict = ((const struct filter_finding *)row)->verdict;
    cell->tone = verdict[0] == 'p'                        ? LEASES_TONE_GOOD
                 : verdict[0] == 'd' && verdict[1] == 'r' ? LEASES_TONE_DIM
                                                          : LEASES_TONE_WARN;
    return leases_cell_text(cell, verdict);
}

#define TEXT_COLUMN(function, member)                                                                        \
    static struct status function(const void *row, struct leases_cell *cell)                                 \
    {                                                                                                        \
        return leases_cell_text(cell, ((const struct filter_finding *)row)->member);                         \
    }

TEXT_COLUMN(fill_event, event)
TEXT_COLUMN(fill_sequence, sequence)
TEXT_COLUMN(fill_field, field)
TEXT_COLUMN(fill_why, why)

/* An object in JSON. */
static struct status fill_keys(const void *row, struct leases_cell *cell)
{
    const char *keys = ((const struct filter_finding *)row)->keys;
    if (!cell->json || keys[0] == '\0') {
        return leases_cell_text(cell, keys);
    }
    cell->kind = LEASES_CELL_RAW;
    return bytes_append_text(&cell->text, keys);
}

static const struct leases_column finding_columns[] = {
    {"RECORD", "record", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_record},
    {"EVENT", "event", LEASES_COLUMN_WHOLE, fill_event},
    {"KEYS", "keys", 0, fill_keys},
    {"SEQUENCE", "sequence", LEASES_COLUMN_WIDE, fill_sequence},
    {"PATTERN", "pattern", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_pattern},
    {"VERDICT", "verdict", LEASES_COLUMN_WHOLE, fill_verdict},
    {"FIELD", "field", 0, fill_field},
    {"WHY", "why", 0, fill_why},
    {"RECORD-PASSES", "record_passes", LEASES_COLUMN_WIDE, fill_passes},
};

static struct status form_head(const struct filter_report *report, const struct filter *filter,
                               struct bytes *head)
{
    TRY(bytes_append_format(head, "\"records\":%zu,\"passed\":%zu,\"defects\":%zu,\"patterns\":[",
                            report->records, report->passed, report->defects));
    for (size_t i = 0; i < filter_count(filter); i++) {
        TRY(bytes_append_format(head, "%s{\"pattern\":%zu,\"passed\":%zu,\"text\":", i == 0 ? "" : ",", i + 1,
                                report->by_pattern[i]));
        TRY(leases_text_json(head, filter_pattern_text(filter, i)));
        TRY(bytes_append_text(head, "}"));
    }
    return bytes_append_text(head, "]");
}

static void print_summary(const struct filter_report *report, const struct filter *filter)
{
    fprintf(stderr, "penstock: %zu of %zu records pass", report->passed, report->records);
    for (size_t i = 0; filter_count(filter) > 1 && i < filter_count(filter); i++) {
        fprintf(stderr, "%s %zu: %zu", i == 0 ? "; by pattern" : ",", i + 1, report->by_pattern[i]);
    }
    if (report->defects > 0) {
        fprintf(stderr, "; %zu would go to the dead letters", report->defects);
    }
    fputc('\n', stderr);
}

struct status filter_report_print(const struct filter_report *report, const struct filter *filter,
                                  const struct leases_style *style)
{
    const void **rows = calloc(report->count + 1, sizeof *rows);
    if (rows == NULL) {
        return status_no_memory("findings", report->count * sizeof *rows);
    }
    for (size_t i = 0; i < report->count; i++) {
        rows[i] = &report->findings[i];
    }
    struct bytes head;
    const char *text = "";
    bytes_init(&head, HEAD_CEILING);
    struct status status;
    TRY_GOTO(status, end, form_head(report, filter, &head));
    TRY_GOTO(status, end, bytes_terminate(&head, &text));
    const struct leases_sheet sheet = {
        .columns = finding_columns,
        .column_count = sizeof finding_columns / sizeof finding_columns[0],
        .rows = rows,
        .row_count = report->count,
        .name = "findings",
        .head = text,
    };
    status = leases_print(stdout, style, &sheet);
    if (status_is_ok(&status) && style->form != LEASES_FORM_JSON) {
        print_summary(report, filter);
    }
end:
    bytes_free(&head);
    free(rows);
    return status;
}
