/* A lease write as DynamoDB's expressions (reference: AWS, "Update expressions", "Condition expressions").
 * Pure: no I/O. */
#ifndef PENSTOCK_LEASE_LEASE_EXPRESSION_H
#define PENSTOCK_LEASE_LEASE_EXPRESSION_H

#include <cjson/cJSON.h>

#include "lease/lease_write.h"

enum { LEASE_EXPRESSION_BYTES = 512 };

/* Zeroed memory is a valid empty expression. */
struct lease_expression {
    char update[LEASE_EXPRESSION_BYTES]; /* empty for CREATE and DELETE */
    char condition[LEASE_EXPRESSION_BYTES];
    cJSON *key; /* not for CREATE */
    cJSON *item; /* CREATE */
    cJSON *values; /* NULL: none */
};

void lease_expression_free(struct lease_expression *expression);

/* Attribute names stand in the texts as they are: none of them is a reserved word of DynamoDB. `me` is our
 * worker id. STATUS_NO_MEMORY; *ret_expression is to be freed in either case. */
struct status lease_expression_make(const struct lease_write *write, const char *me, const char *stream_arn,
                                    struct lease_expression *ret_expression) MUST_USE;

#endif
