/* DynamoDB, as far as leases and table look-up need it. Items are DynamoDB's typed JSON: cJSON trees in a request, text where
 * the reply has it in an answer, for they are many and most of them are read once. Any thread may call with a shared client.
 * Status codes as aws_client_call. */
#ifndef PENSTOCK_AWS_DYNAMODB_H
#define PENSTOCK_AWS_DYNAMODB_H

#include <cjson/cJSON.h>

#include "aws/client.h"
#include "aws/json_cursor.h"

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

/* A row that came back. Zeroed memory is none; freed by dynamodb_row_free(). */
struct dynamodb_row {
    struct bytes reply; /* which holds it */
    struct slice item; /* {"leaseKey":{"S":"x"},...}, checked JSON; a NULL `at`: there is no row */
};

void dynamodb_row_free(struct dynamodb_row *row);

/* The row after the write (ReturnValues ALL_NEW) goes to *ret_row. On STATUS_CONDITION *ret_row is the row as it stands
 * (ReturnValuesOnConditionCheckFailure ALL_OLD), or none when there is none or the server does not say. Otherwise
 * *ret_row is left alone; what it held is not freed. */
struct status dynamodb_update_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, struct dynamodb_row *ret_row)
    MUST_USE;

/* *ret_row as above on STATUS_CONDITION; none after success. */
struct status dynamodb_put_item(struct aws_client *client, const struct dynamodb_write *write,
                                const struct dynamodb_limits *limits, struct dynamodb_row *ret_row) MUST_USE;
struct status dynamodb_delete_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, struct dynamodb_row *ret_row)
    MUST_USE;

/* Consistent read. *ret_row is none when the item does not exist. */
struct status dynamodb_get_item(struct aws_client *client, const char *table, const cJSON *key,
                                const struct dynamodb_limits *limits, struct dynamodb_row *ret_row) MUST_USE;

/* A page of a scan. Zeroed memory is the one before the first; freed by dynamodb_page_free(). */
struct dynamodb_page {
    struct bytes reply; /* which holds the rest */
    struct slice next; /* LastEvaluatedKey; a NULL `at`: no page follows */
    struct json_cursor at; /* among the items */
    bool first;
};

void dynamodb_page_free(struct dynamodb_page *page);

/* Consistent. Reads the page behind *page, and puts it in its place; on failure *page stays. A page may have no items
 * while others follow. */
struct status dynamodb_scan_page(struct aws_client *client, const char *table,
                                 const struct dynamodb_limits *limits, struct dynamodb_page *page) MUST_USE;

/* Puts page->at before the next item, checked JSON that the caller passes over; false behind the last. */
bool dynamodb_page_next(struct dynamodb_page *page) MUST_USE;

/* The same, and passes over it: *ret_item is borrowed from the page. */
bool dynamodb_page_take(struct dynamodb_page *page, struct slice *ret_item) MUST_USE;

#endif
