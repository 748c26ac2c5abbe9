#include "shard/filter_schema.h"

static const struct filter_schema_field record_fields[] = {
    {"eventName", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_OP},
    {"eventID", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_EVENT_ID},
    {"awsRegion", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_REGION},
    {"eventVersion", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_RECORD_MEMBER},
    {"eventSource", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_RECORD_MEMBER},
    {"eventSourceARN", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_RECORD_MEMBER},
    {"userIdentity", NULL, FILTER_SHAPE_IDENTITY, FILTER_FROM_IDENTITY},
    {"dynamodb", NULL, FILTER_SHAPE_CHANGE, FILTER_FROM_CHANGE},
    {NULL, NULL, FILTER_SHAPE_RECORD, FILTER_FROM_OBJECT},
};

static const struct filter_schema_field change_fields[] = {
    {"Keys", NULL, FILTER_SHAPE_ITEM, FILTER_FROM_KEYS},
    {"NewImage", NULL, FILTER_SHAPE_ITEM, FILTER_FROM_NEW_IMAGE},
    {"OldImage", NULL, FILTER_SHAPE_ITEM, FILTER_FROM_OLD_IMAGE},
    {"SequenceNumber", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_SEQUENCE},
    {"SizeBytes", NULL, FILTER_SHAPE_NUMBER, FILTER_FROM_SIZE},
    {"ApproximateCreationDateTime", NULL, FILTER_SHAPE_NUMBER, FILTER_FROM_CHANGE_MEMBER},
    {"StreamViewType", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_CHANGE_MEMBER},
    {NULL, NULL, FILTER_SHAPE_RECORD, FILTER_FROM_OBJECT},
};

static const struct filter_schema_field identity_fields[] = {
    {"type", "Type", FILTER_SHAPE_TEXT, FILTER_FROM_OBJECT},
    {"principalId", "PrincipalId", FILTER_SHAPE_TEXT, FILTER_FROM_OBJECT},
    {NULL, NULL, FILTER_SHAPE_RECORD, FILTER_FROM_OBJECT},
};

static const struct filter_schema_field attribute_fields[] = {
    {"S", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_OBJECT},
    {"N", NULL, FILTER_SHAPE_DECIMAL, FILTER_FROM_OBJECT},
    {"B", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_OBJECT},
    {"SS", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_OBJECT},
    {"NS", NULL, FILTER_SHAPE_DECIMAL, FILTER_FROM_OBJECT},
    {"BS", NULL, FILTER_SHAPE_TEXT, FILTER_FROM_OBJECT},
    {"M", NULL, FILTER_SHAPE_ITEM, FILTER_FROM_OBJECT},
    {"L", NULL, FILTER_SHAPE_ATTRIBUTE, FILTER_FROM_OBJECT},
    {"BOOL", NULL, FILTER_SHAPE_TRUTH, FILTER_FROM_OBJECT},
    {"NULL", NULL, FILTER_SHAPE_TRUTH, FILTER_FROM_OBJECT},
    {NULL, NULL, FILTER_SHAPE_RECORD, FILTER_FROM_OBJECT},
};

static const struct filter_schema_field *find_in(const struct filter_schema_field *fields, struct slice name)
{
    for (; fields->name != NULL; fields++) {
        if (slice_equals_text(name, fields->name) ||
            (fields->alias != NULL && slice_equals_text(name, fields->alias))) {
            return fields;
        }
    }
    return NULL;
}

const struct filter_schema_field *filter_schema_find(enum filter_shape shape, struct slice name)
{
    static const struct filter_schema_field any = {NULL, NULL, FILTER_SHAPE_ATTRIBUTE, FILTER_FROM_OBJECT};
    switch (shape) {
    case FILTER_SHAPE_RECORD:
        return find_in(record_fields, name);
    case FILTER_SHAPE_CHANGE:
        return find_in(change_fields, name);
    case FILTER_SHAPE_IDENTITY:
        return find_in(identity_fields, name);
    case FILTER_SHAPE_ATTRIBUTE:
        return find_in(attribute_fields, name);
    case FILTER_SHAPE_ITEM:
        return &any;
    default:
        return NULL;
    }
}

const char *filter_schema_names(enum filter_shape shape)
{
    switch (shape) {
    case FILTER_SHAPE_RECORD:
        return "a record has eventID, eventName, eventVersion, eventSource, eventSourceARN, awsRegion, "
               "userIdentity and "
               "dynamodb, and there are changed, ttl and $or";
    case FILTER_SHAPE_CHANGE:
        return "dynamodb has ApproximateCreationDateTime, Keys, NewImage, OldImage, SequenceNumber, "
               "SizeBytes and "
               "StreamViewType";
    case FILTER_SHAPE_IDENTITY:
        return "userIdentity has type and principalId";
    case FILTER_SHAPE_ATTRIBUTE:
        return "an attribute's value has one of the types S, N, B, SS, NS, BS, M, L, BOOL and NULL, as in "
               "{\"S\": "
               "[\"paid\"]}";
    default:
        return "";
    }
}

static bool is_of_texts(enum filter_test_kind kind)
{
    return kind <= FILTER_BLOCK;
}

bool filter_schema_allows(enum filter_shape shape, enum filter_test_kind kind)
{
    if (kind == FILTER_ABSENT || filter_shape_is_object(shape)) {
        return kind == FILTER_ABSENT;
    }
    if (kind == FILTER_EXISTS || kind == FILTER_ANYTHING_BUT) {
        return true;
    }
    bool is_number = kind == FILTER_NUMBER || kind == FILTER_RANGE;
    switch (shape) {
    case FILTER_SHAPE_TEXT:
        return is_of_texts(kind);
    case FILTER_SHAPE_DECIMAL:
        return is_of_texts(kind) || is_number;
    case FILTER_SHAPE_NUMBER:
        return is_number;
    default:
        return kind == FILTER_TRUE || kind == FILTER_FALSE;
    }
}

const char *filter_schema_remedy(enum filter_shape shape)
{
    switch (shape) {
    case FILTER_SHAPE_TEXT:
        return "a text stands here, so none of these can match; write texts in quotes";
    case FILTER_SHAPE_DECIMAL:
        return "a number stands here, so none of these can match; write [\"12\"], [12] or numeric";
    case FILTER_SHAPE_NUMBER:
        return "a number stands here, so none of these can match; write [12] or numeric";
    case FILTER_SHAPE_TRUTH:
        return "true or false stands here, so none of these can match; write [true]";
    case FILTER_SHAPE_ITEM:
        return "an object of attributes stands here, and values match texts, numbers and the like only; name "
               "an "
               "attribute and its type";
    case FILTER_SHAPE_ATTRIBUTE:
        return "an attribute is an object, and values match texts, numbers and the like only; name its type, "
               "as in "
               "{\"S\": [\"paid\"]}";
    default:
        return "an object stands here, and values match texts, numbers and the like only; name a field of it";
    }
}
