/* cJSON as the oracle of the page decoder: the same pages are taken, the same fields are found.
 *
 * The decoder is the stricter one, on purpose: it refuses control characters inside strings and between
 * tokens, numbers that JSON does not know, bad UTF-8, bad \u escapes, a byte order mark, and nesting that no
 * item has; and pages of another shape (Records missing or twice, a record that is no object). Nothing else
 * may differ.
 */
#ifndef PENSTOCK_TESTS_UNIT_SHARD_ORACLE_H
#define PENSTOCK_TESTS_UNIT_SHARD_ORACLE_H

#include <math.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "shard/decode.h"
#include "shard/decode_text.h"

/* The last member of that name. */
static inline const cJSON *oracle_member(const cJSON *object, const char *name)
{
    const cJSON *found = NULL;
    for (const cJSON *child = cJSON_IsObject(object) ? object->child : NULL; child != NULL;
         child = child->next) {
        if (strcmp(child->string, name) == 0) {
            found = child;
        }
    }
    return found;
}

/* cJSON skips every byte up to a space, and a byte order mark; its numbers end after 63 characters. */
static inline bool oracle_is_lax(struct slice page)
{
    size_t run = 0;
    for (size_t i = 0; i < page.length; i++) {
        unsigned char byte = (unsigned char)page.at[i];
        run = byte != 0 && strchr("0123456789+-.eE", byte) != NULL ? run + 1 : 0;
        if (run > 60 || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')) {
            return true;
        }
    }
    return page.length >= 3 && memcmp(page.at, "\xEF\xBB\xBF", 3) == 0;
}

/* cJSON keeps texts and names as C strings: the escape \u0000 ends them early, and only the page's structure can be
 * compared. */
static inline bool oracle_cuts_texts(struct slice page)
{
    return page.length > 0 && memmem(page.at, page.length, "\\u0000", 6) != NULL;
}

/* A refusal that cJSON need not share. */
static inline bool oracle_is_stricter(const char *error)
{
    static const char *const reasons[] = {
        "a control character inside a string",
        "not a number of JSON",
        "bytes that are not UTF-8",
        "\\u without four hexadecimal digits",
        "nested too deep",
        "Records is given twice or is not an array",
        "the page has no Records",
        "NextShardIterator is neither a text nor null",
        "a record is not an object",
        "an object or array was expected", /* the page itself may be any value to cJSON */
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strcmp(error, reasons[i]) == 0) {
            return true;
        }
    }
    return false;
}

static inline bool oracle_same_text(struct slice raw, const cJSON *node)
{
    if (!cJSON_IsString(node)) {
        return raw.length == 0;
    }
    char *text = malloc(raw.length + 1);
    size_t length = 0;
    bool same = text != NULL && decode_text_unescape(raw, text, raw.length, &length);
    if (same) {
        text[length] = '\0';
        same = strcmp(text, node->valuestring) == 0;
    }
    free(text);
    return same;
}

/* The slice is the node's value, written the same way by cJSON. */
static inline bool oracle_same_object(struct slice value, const cJSON *node)
{
    if (!cJSON_IsObject(node)) {
        return value.length == 0;
    }
    cJSON *tree = cJSON_ParseWithLength(value.at, value.length);
    char *ours = cJSON_PrintUnformatted(tree);
    char *theirs = cJSON_PrintUnformatted(node);
    bool same = ours != NULL && theirs != NULL && strcmp(ours, theirs) == 0;
    cJSON_free(ours);
    cJSON_free(theirs);
    cJSON_Delete(tree);
    return same;
}

static inline bool oracle_is_number(const cJSON *node, struct sequence_number *ret_number)
{
    return cJSON_IsString(node) && strlen(node->valuestring) <= SEQUENCE_NUMBER_DIGITS &&
           sequence_number_parse(slice_of_text(node->valuestring), ret_number);
}

static inline bool oracle_image_is_sound(const cJSON *image)
{
    return image == NULL || cJSON_IsNull(image) || cJSON_IsObject(image);
}

/* Can a line be made of the record? */
static inline bool oracle_is_whole(const cJSON *record)
{
    const cJSON *change = oracle_member(record, "dynamodb");
    const cJSON *id = oracle_member(record, "eventID");
    const cJSON *op = oracle_member(record, "eventName");
    const cJSON *created = oracle_member(change, "ApproximateCreationDateTime");
    const cJSON *image = oracle_member(change, "NewImage");
    struct sequence_number number;
    if (!cJSON_IsString(id) || id->valuestring[0] == '\0' || !cJSON_IsString(op) ||
        !cJSON_IsNumber(created) || !cJSON_IsObject(oracle_member(change, "Keys")) ||
        !oracle_image_is_sound(image) || !oracle_image_is_sound(oracle_member(change, "OldImage")) ||
        !oracle_is_number(oracle_member(change, "SequenceNumber"), &number)) {
        return false;
    }
    bool removed = strcmp(op->valuestring, "REMOVE") == 0;
    bool written = strcmp(op->valuestring, "INSERT") == 0 || strcmp(op->valuestring, "MODIFY") == 0;
    return created->valuedouble >= 0 && created->valuedouble < 1e14 && !signbit(created->valuedouble) &&
           (removed || (written && cJSON_IsObject(image)));
}

/* NULL, or what differs. */
static inline const char *oracle_compare_record(const struct decode_record *record, const cJSON *node)
{
    static const char *const ops[] = {"INSERT", "MODIFY", "REMOVE"};
    const cJSON *change = oracle_member(node, "dynamodb");
    const cJSON *created = oracle_member(change, "ApproximateCreationDateTime");
    struct sequence_number number;
    if (!oracle_same_text(record->event_id_raw, oracle_member(node, "eventID")) ||
        !oracle_same_text(record->region_raw, oracle_member(node, "awsRegion")) ||
        !oracle_same_text(record->sequence_raw, oracle_member(change, "SequenceNumber"))) {
        return "a text";
    }
    if (!oracle_same_object(record->keys, oracle_member(change, "Keys")) ||
        !oracle_same_object(record->new_image, oracle_member(change, "NewImage")) ||
        !oracle_same_object(record->old_image, oracle_member(change, "OldImage"))) {
        return "keys or an image";
    }
    if ((record->defect == NULL) != oracle_is_whole(node)) {
        bool late = cJSON_IsNumber(created) && created->valuedouble >= 1e14;
        return late ? NULL : "whether the record is whole";
    }
    if (record->defect != NULL) {
        return NULL;
    }
    if (strcmp(ops[record->op], oracle_member(node, "eventName")->valuestring) != 0) {
        return "the op";
    }
    const cJSON *identity = oracle_member(node, "userIdentity");
    const cJSON *principal = oracle_member(identity, "PrincipalId");
    principal = principal != NULL ? principal : oracle_member(identity, "principalId");
    bool ttl = record->op == RECORD_REMOVE && cJSON_IsString(principal) &&
               strcmp(principal->valuestring, "dynamodb.amazonaws.com") == 0;
    if (ttl != record->ttl) {
        return "ttl";
    }
    if (fabs((double)record->event_wall_ms - created->valuedouble * 1000) >
        1.0 + created->valuedouble / 1e10) {
        return "the time";
    }
    if (!oracle_is_number(oracle_member(change, "SequenceNumber"), &number) ||
        sequence_number_compare(&number, &record->sequence) != 0) {
        return "the sequence number";
    }
    return NULL;
}

static inline const char *oracle_compare_page(struct slice page, const cJSON *tree, bool *ret_taken)
{
    struct decoder decoder;
    struct decode_record record;
    enum decode_result result;
    const char *difference = NULL;
    decode_begin(&decoder, page);
    const cJSON *node = oracle_member(tree, "Records");
    node = node == NULL ? NULL : node->child;
    while ((result = decode_next(&decoder, &record)) == DECODE_RECORD) {
        if (tree != NULL && difference == NULL) {
            difference = node == NULL ? "a record too many" : oracle_compare_record(&record, node);
            node = node == NULL ? NULL : node->next;
        }
    }
    *ret_taken = result == DECODE_END;
    if (result == DECODE_CORRUPT) {
        size_t offset;
        const char *error = decode_error(&decoder, &offset);
        bool may = tree == NULL || oracle_is_stricter(error) || oracle_is_lax(page);
        return offset > page.length ? "the place of the error" : may ? NULL : error;
    }
    if (tree == NULL) {
        return oracle_is_lax(page) ? NULL : "cJSON refuses the page";
    }
    if (oracle_cuts_texts(page)) {
        return NULL;
    }
    if (difference == NULL && node != NULL) {
        return "a record too few";
    }
    if (difference == NULL &&
        !oracle_same_text(decoder.next_iterator_raw, oracle_member(tree, "NextShardIterator"))) {
        return "the next iterator";
    }
    return difference;
}

/* NULL, or what differs. *ret_taken: the decoder took the page. `page` must be exactly as long as its
 * allocation for a sanitizer to see reads behind it. */
static inline const char *oracle_check(struct slice page, bool *ret_taken)
{
    const char *end = NULL;
    cJSON *tree = cJSON_ParseWithLengthOpts(page.at, page.length, &end, false);
    while (tree != NULL && end < page.at + page.length) {
        if (strchr(" \t\r\n", *end) == NULL || *end == '\0') {
            cJSON_Delete(tree);
            tree = NULL;
            break;
        }
        end++;
    }
    const char *difference = oracle_compare_page(page, tree, ret_taken);
    cJSON_Delete(tree);
    return difference;
}

#endif
