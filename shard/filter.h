/* Filters: which records go on, by patterns in the language of AWS Lambda's event filtering and EventBridge Pipes.
 *
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html,
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and aws/event-ruler.
 *
 * A pattern has the shape of a stream record. Fields hold together, the values of a list and the objects of "$or" in
 * the alternative, and so do the patterns of a filter. Values are equal, character by character; or one object of one
 * operator: prefix, suffix, equals-ignore-case, both of the former with it, wildcard, anything-but, numeric, exists,
 * cidr. A list in the record matches when one of its elements does; an object inside a list has to match as a whole.
 * exists looks at values, never at objects.
 *
 * Beyond AWS, and only where AWS's own meaning is that nothing ever matches: numeric and bare numbers compare N and NS
 * by value, exactly; "changed": [PATH...] at the top compares the two images; "ttl": true|false at the top. Names are
 * taken as GetRecords and as Lambda write them (PrincipalId, principalId).
 *
 * What can never match anything is refused when it is compiled: fields that no record has, types that no attribute has,
 * lists of values that cannot stand there.
 *
 * A filter is constant once it is complete: any number of threads may judge with it at once. */
#ifndef PENSTOCK_SHARD_FILTER_H
#define PENSTOCK_SHARD_FILTER_H

#include "shard/decode.h"

struct filter; /* opaque; of one pattern at least to be of use */

enum { FILTER_PATTERN_BYTES = 64 * 1024, FILTER_PATTERNS_MOST = 100 };

struct status filter_create(struct filter **ret_filter) MUST_USE;
/* NULL is allowed. */
void filter_destroy(struct filter *filter);

/* Adds what `text` holds, one or several, one after the other: a pattern, a list of patterns, or Lambda's
 * {"Filters":[{"Pattern":"..."}...]} (also below "FilterCriteria"). STATUS_INVALID names pattern, column and field;
 * then nothing was added. */
struct status filter_add(struct filter *filter, struct slice text) MUST_USE;

/* The stream's ARN, which Lambda puts into each record as eventSourceARN; borrowed. Before the first judgement. */
void filter_set_stream(struct filter *filter, const char *stream_arn);

size_t filter_count(const struct filter *filter);

/* A pattern as it was given; borrowed. */
struct slice filter_pattern_text(const struct filter *filter, size_t index);

/* Does a pattern compare images, so that the stream must be of the kind NEW_AND_OLD_IMAGES? */
bool filter_compares_images(const struct filter *filter);

enum filter_verdict {
    FILTER_DROP,
    FILTER_PASS,
    FILTER_UNDECIDED, /* more work than FILTER_WORK: the record is to go on */
};

/* Steps, about one a byte looked at, that one pattern may take over one record. */
enum { FILTER_WORK = 64 * 1024 * 1024 };

/* Of a record without defect: does it pass one pattern at least? Allocates nothing. */
enum filter_verdict filter_judge(const struct filter *filter, const struct decode_record *record) MUST_USE;

/* The same of one pattern. */
enum filter_verdict filter_judge_pattern(const struct filter *filter, size_t index,
                                         const struct decode_record *record) MUST_USE;

/* Of a record that a pattern drops: at which field the first mismatch is, and why, for a person. */
struct filter_reason {
    char field[256]; /* "dynamodb.NewImage.status.S" */
    char words[512]; /* "is \"open\", wanted [\"paid\"]" */
};
void filter_explain(const struct filter *filter, size_t index, const struct decode_record *record,
                    struct filter_reason *ret_reason);

#endif
