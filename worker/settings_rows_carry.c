#include "worker/settings_rows.h"

static const char *const format_choices[] = {"typed", "plain", NULL};
static const char *const images_choices[] = {"object", "text", NULL};
static const char *const start_choices[] = {"trim-horizon", "latest", NULL};

enum { PATHS_MOST = 32 * KIB };

#define ROW(id)     [(id) - SETTING_TABLE]
#define FIELD(name) offsetof(struct settings, name)

const struct setting settings_carry_rows[SETTING_FIREHOSE - SETTING_TABLE] = {
    ROW(SETTING_TABLE) =
        {.name = "table",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_STREAM,
         .placeholder = "NAME",
         .least = 3,
         .most = 255,
         .characters = "_.-",
         .help = "The DynamoDB table whose changes are carried; its stream must show new images. "
                 "Needs the right to DescribeTable.",
         .field = FIELD(table)},
    ROW(SETTING_STREAM_ARN) =
        {.name = "stream-arn",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_STREAM,
         .placeholder = "ARN",
         .least = 37,
         .most = 1024,
         .prefix = "arn:",
         .help = "The stream itself, instead of --table, where only the stream may be seen. "
                 "Gives the region too when none is set.",
         .field = FIELD(stream_arn)},
    ROW(SETTING_START) =
        {.name = "start",
         .type = SETTING_TYPE_CHOICE,
         .group = SETTINGS_OF_STREAM,
         .placeholder = "WHERE",
         .fallback = "trim-horizon",
         .choices = start_choices,
         .help = "Where the first worker of a new application starts: with the oldest change that the stream "
                 "holds "
                 "(24 hours), or with changes from now on. Later starts go on where the leases stand.",
         .field = FIELD(start)},
    ROW(SETTING_FILTER) =
        {.name = "filter",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_STREAM,
         .placeholder = "PATTERN",
         .fallback_words = "every change",
         .least = 1,
         .most = SETTING_FILTER_BYTES,
         .glue = '\n',
         .help =
             "Carry only changes that match this pattern, in the language of AWS Lambda's event filtering "
             "and "
             "EventBridge Pipes; given several times, one of them. Try it with penstock filter --dry-run.",
         .field = FIELD(filter)},
    ROW(SETTING_FILTER_FILE) = {.name = "filter-file",
                                .type = SETTING_TYPE_TEXT,
                                .group = SETTINGS_OF_STREAM,
                                .placeholder = "FILE",
                                .fallback_words = "none",
                                .least = 1,
                                .most = 3000,
                                .help = "Further patterns from a file: JSON of one pattern, of a list of "
                                        "them, or a FilterCriteria as Lambda has it.",
                                .field = FIELD(filter_file)},
    ROW(SETTING_FORMAT) =
        {.name = "format",
         .type = SETTING_TYPE_CHOICE,
         .group = SETTINGS_OF_LINES,
         .placeholder = "HOW",
         .fallback = "typed",
         .choices = format_choices,
         .help = "Images as DynamoDB's typed JSON, byte for byte, or as plain JSON, which no longer tells a "
                 "string from binary nor a set from a list.",
         .field = FIELD(format)},
    ROW(SETTING_IMAGES) = {.name = "images",
                           .type = SETTING_TYPE_CHOICE,
                           .group = SETTINGS_OF_LINES,
                           .placeholder = "HOW",
                           .fallback = "object",
                           .choices = images_choices,
                           .help =
                               "Images as JSON objects, or each as one JSON string (text), for Firehose's "
                               "conversion to Parquet with a fixed schema.",
                           .field = FIELD(images)},
    ROW(SETTING_OLD_IMAGE) =
        {.name = "old-image",
         .type = SETTING_TYPE_BOOL,
         .group = SETTINGS_OF_LINES,
         .fallback = "false",
         .help =
             "Put the item as it was before the change into each line too. The stream must be of the kind "
             "NEW_AND_OLD_IMAGES.",
         .field = FIELD(old_image)},
    ROW(SETTING_INCLUDE_ATTRIBUTES) =
        {.name = "include-attributes",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_LINES,
         .placeholder = "PATHS",
         .fallback_words = "all",
         .least = 1,
         .most = PATHS_MOST,
         .glue = ',',
         .help =
             "Only these attributes of an item land, and its key: document paths as DynamoDB has them, "
             "such as price,address.city,tags[0]. A backslash stands before a dot, comma, bracket, space or "
             "backslash of a name.",
         .field = FIELD(include_attributes)},
    ROW(SETTING_EXCLUDE_ATTRIBUTES) =
        {.name = "exclude-attributes",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_LINES,
         .placeholder = "PATHS",
         .fallback_words = "none",
         .least = 1,
         .most = PATHS_MOST,
         .glue = ',',
         .help = "These attributes do not land, unless they are the item's key; paths as above. With "
                 "--include-attributes too, what lands is included and not excluded.",
         .field = FIELD(exclude_attributes)},
};
