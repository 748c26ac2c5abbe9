#include "shard/filter.h"

#include <stdio.h>
#include <stdlib.h>

#include "shard/filter_program.h"
#include "shard/filter_set.h"

struct status filter_create(struct filter **ret_filter)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (filter == NULL) {
        return status_no_memory("a filter", sizeof *filter);
    }
    *ret_filter = filter;
    return status_ok();
}

void filter_destroy(struct filter *filter)
{
    if (filter == NULL) {
        return;
    }
    for (size_t i = 0; i < filter->count; i++) {
        filter_pattern_free(&filter->patterns[i]);
    }
    free(filter);
}

void filter_set_stream(struct filter *filter, const char *stream_arn)
{
    snprintf(filter->stream_arn, sizeof filter->stream_arn, "\"%s\"", stream_arn);
}

size_t filter_count(const struct filter *filter)
{
    return filter->count;
}

struct slice filter_pattern_text(const struct filter *filter, size_t index)
{
    return slice_of(filter->patterns[index].source, filter->patterns[index].source_length);
}

bool filter_compares_images(const struct filter *filter)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->patterns[i].path_count > 0) {
            return true;
        }
    }
    return false;
}

struct filter_match filter_begin_match(const struct filter *filter, size_t index,
                                       const struct decode_record *record)
{
    return (struct filter_match){
        .pattern = &filter->patterns[index],
        .record = record,
        .stream_arn = slice_of_text(filter->stream_arn),
        .work = FILTER_WORK,
    };
}

enum filter_verdict filter_judge_pattern(const struct filter *filter, size_t index,
                                         const struct decode_record *record)
{
    struct filter_match match = filter_begin_match(filter, index, record);
    bool holds = filter_match_record(&match, &match.pattern->nodes[0]);
    return match.exhausted ? FILTER_UNDECIDED : holds ? FILTER_PASS : FILTER_DROP;
}

enum filter_verdict filter_judge(const struct filter *filter, const struct decode_record *record)
{
    enum filter_verdict verdict = FILTER_DROP;
    for (size_t i = 0; i < filter->count && verdict == FILTER_DROP; i++) {
        verdict = filter_judge_pattern(filter, i, record);
    }
    return verdict;
}
