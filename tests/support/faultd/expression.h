/* DynamoDB's expressions, evaluated while they are parsed:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html */
#ifndef PENSTOCK_FAULTD_EXPRESSION_H
#define PENSTOCK_FAULTD_EXPRESSION_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

enum {
    EXPRESSION_MESSAGE_BYTES = 512,
    EXPRESSION_NAMES = 64,
    EXPRESSION_TEMPORARIES = 64,
    EXPRESSION_BYTES = 4096
};

/* ExpressionAttributeNames and -Values of one request, and which of them its expressions used. Borrowed. */
struct expression_names {
    const cJSON *names; /* or NULL */
    const cJSON *values; /* or NULL */
    uint64_t names_used; /* a bit each, in the order of the request */
    uint64_t values_used;
};

/* Fills from the request's members; false with AWS's message when they are malformed. */
bool expression_names_read(const cJSON *request, struct expression_names *ret_names, char *message) MUST_USE;

/* False with AWS's message when a name or value was defined and never used, or no expression needed them. */
bool expression_names_all_used(const struct expression_names *names, bool any_expression, char *message)
    MUST_USE;

/* Evaluates a condition over `item` (NULL: no such item). False with a message when the expression is wrong;
 * `kind` is "ConditionExpression" or "FilterExpression", for the message. */
bool expression_condition(const char *kind, const char *text, struct expression_names *names,
                          const cJSON *item, bool *ret_holds, char *message) MUST_USE;

/* Applies an update to `target`, which starts as a copy of `item`; operands read `item`. `touched` (an array)
 * gets the top-level names written. */
bool expression_update(const char *text, struct expression_names *names, const cJSON *item, cJSON *target,
                       cJSON *touched, char *message) MUST_USE;

/* A copy of `item` with the paths of a ProjectionExpression only. Owned; NULL with a message. */
cJSON *expression_project(const char *text, struct expression_names *names, const cJSON *item, char *message);

#endif
