/* DynamoDB, as far as leases and table look-up need it. Items, names and values are cJSON trees in DynamoDB's
 * typed JSON. Any thread may call with a shared client. Status codes as aws_client_call. */
#ifndef PENSTOCK_AWS_DYNAMODB_H
#define PENSTOCK_AWS_DYNAMODB_H

#include <cjson/cJSON.h>

#include "aws/client.h"

struct dynamodb_limits {
    int64_t attempt_timeout_ms; /* 0: 10 s */
    int64_t deadline_boot_ms; /* 0: none */
    uint32_t max_attempts; /* 0: the client's */
    struct stop *cancel; /* or NULL */
    bool urgent; /* as in struct aws_call */
};

enum { DYNAMODB_NAME_BYTES = 256, DYNAMODB_ARN_BYTES = 1025 };

struct dynamodb_table {
    char name[DYNAMODB_NAME_BYTES];
    char arn[DYNAMODB_ARN_BYTES];
    char status[24]; /* CREATING ACTIVE ... */
    char hash_key[DYNAMODB_NAME_BYTES];
    char hash_key_type[2]; /* S N B */
    char range_key[DYNAMODB_NAME_BYTES]; /* empty: none */
    char stream_arn[DYNAMODB_ARN_BYTES]; /* LatestStreamArn, empty: never had a stream */
    bool stream_enabled;
    char stream_view_type[24]; /* empty: none */
};

struct status dynamodb_describe_table(struct aws_client *client, const char *table,
                                      const struct dynamodb_limits *limits, struct dynamodb_table *ret_table)
    MUST_USE;

/* A table with one string hash key, PAY_PER_REQUEST. STATUS_EXISTS when it is there. Does not wait for
 * ACTIVE. */
struct status dynamodb_create_table(struct aws_client *client, const char *table, const char *hash_key,
                                    const struct dynamodb_limits *limits) MUST_USE;

/* `key` and the others are borrowed trees. */
struct dynamodb_write {
    const char *table;
    const cJSON *key; /* update, delete: {"leaseKey":{"S":"x"}} */
    const cJSON *item; /* put: the whole item */
    const char *update; /* UpdateExpression */
    const char *condition; /* ConditionExpression or NULL */
    const cJSON *names; /* ExpressionAttributeNames or NULL */
    const cJSON *values; /* ExpressionAttributeValues or NULL */
};

/* The row after the write (ReturnValues ALL_NEW) goes to *ret_row, owned by the caller. On STATUS_CONDITION
 * *ret_row is the row as it stands (ReturnValuesOnConditionCheckFailure ALL_OLD), or NULL when there is none
 * or the server does not say. */
struct status dynamodb_update_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, cJSON **ret_row) MUST_USE;

/* *ret_row as above on STATUS_CONDITION; NULL after success. */
struct status dynamodb_put_item(struct aws_client *client, const struct dynamodb_write *write,
                                const struct dynamodb_limits *limits, cJSON **ret_row) MUST_USE;
struct status dynamodb_delete_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, cJSON **ret_row) MUST_USE;

/* Consistent read. *ret_item is owned by the caller; NULL when the item does not exist. */
struct status dynamodb_get_item(struct aws_client *client, const char *table, const cJSON *key,
                                const struct dynamodb_limits *limits, cJSON **ret_item) MUST_USE;

/* One page of a consistent scan. `start` continues (borrowed, or NULL). *ret_items is a cJSON array of items,
 * possibly empty while *ret_next is not NULL; both owned by the caller. */
struct status dynamodb_scan_page(struct aws_client *client, const char *table, const cJSON *start,
                                 const struct dynamodb_limits *limits, cJSON **ret_items, cJSON **ret_next)
    MUST_USE;

#endif
