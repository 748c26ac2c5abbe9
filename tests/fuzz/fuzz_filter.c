/* libFuzzer target: the compiler of filter patterns and the evaluator. The input is patterns, a byte 0x01, a page. */
#include <stdio.h>
#include <stdlib.h>

#include "shard/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *words)
{
    if (!holds) {
        fprintf(stderr, "%s\n", words);
        abort();
    }
}

/* A filter passes what one of its patterns passes, and tells why it drops the rest. */
static void judge(const struct filter *filter, const struct decode_record *record)
{
    enum filter_verdict first = FILTER_DROP;
    for (size_t i = 0; i < filter_count(filter); i++) {
        enum filter_verdict verdict = filter_judge_pattern(filter, i, record);
        first = first == FILTER_DROP ? verdict : first;
        if (verdict == FILTER_DROP) {
            struct filter_reason reason;
            filter_explain(filter, i, record, &reason);
            check(reason.field[0] != '\0' && reason.words[0] != '\0', "a drop without a reason");
        }
    }
    check(filter_judge(filter, record) == first, "the filter disagrees with its patterns");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *mark = size == 0 ? NULL : memchr(data, 1, size);
    size_t split = mark == NULL ? size : (size_t)(mark - data);
    struct filter *filter = NULL;
    struct status status = filter_create(&filter);
    if (!status_is_ok(&status)) {
        return 0;
    }
    status = filter_add(filter, slice_of((const char *)data, split));
    if (!status_is_ok(&status)) {
        check(status.code == STATUS_INVALID && status.reason[0] != '\0', "refused without a reason");
        check(filter_count(filter) == 0, "refused, and yet something was added");
    } else if (mark != NULL) {
        struct decoder decoder;
        struct decode_record record;
        filter_set_stream(filter,
                          "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-11-23T10:00:00.000");
        decode_begin(&decoder, slice_of((const char *)mark + 1, size - split - 1));
        while (decode_next(&decoder, &record) == DECODE_RECORD) {
            if (record.defect == NULL) {
                judge(filter, &record);
            }
        }
    }
    filter_destroy(filter);
    return 0;
}
