#include "worker/letters/letters_commands.h"

#define FIELD(name) offsetof(struct letters_request, name)

static const char *const outputs[] = {"table", "jsonl", NULL};

static const struct option_table place_table = {
    "Options",
    (const struct setting[]){
        {.name = "dead-letter",
         .type = SETTING_TYPE_TEXT,
         .placeholder = "PLACE",
         .least = 6,
         .most = 3000,
         .help = "Where the letters are, as in --dead-letter of run: s3://BUCKET/PREFIX or file:DIR.",
         .field = FIELD(place)},
        {.name = "region",
         .type = SETTING_TYPE_TEXT,
         .placeholder = "REGION",
         .fallback_words = "as the AWS CLI",
         .least = 1,
         .most = 63,
         .characters = "-",
         .help = "The AWS region; stronger than AWS_REGION and AWS_DEFAULT_REGION.",
         .field = FIELD(region)},
        {.name = "profile",
         .type = SETTING_TYPE_TEXT,
         .placeholder = "NAME",
         .fallback_words = "as the AWS CLI",
         .least = 1,
         .most = 255,
         .help = "A profile of the shared AWS files; its credentials come before those in the environment.",
         .field = FIELD(profile)},
        {.name = NULL}}};

static const struct option_table output_table = {
    "Output",
    (const struct setting[]){{.name = "output",
                              .letter = 'o',
                              .type = SETTING_TYPE_CHOICE,
                              .placeholder = "FORM",
                              .fallback = "table",
                              .choices = outputs,
                              .help = "A table for people, or a JSON object a letter (all but the content).",
                              .field = FIELD(output)},
                             {.name = NULL}}};

static const struct option_table redrive_table = {
    "Redrive",
    (const struct setting[]){
        {.name = "all", .type = SETTING_TYPE_BOOL, .help = "Every letter of the place.", .field = FIELD(all)},
        {.name = "firehose",
         .type = SETTING_TYPE_TEXT,
         .placeholder = "NAME",
         .least = 1,
         .most = 64,
         .characters = "_.-",
         .help = "The delivery stream that gets the lines.",
         .field = FIELD(firehose)},
        {.name = "large-records",
         .type = SETTING_TYPE_TEXT,
         .placeholder = "s3://BUCKET/PREFIX",
         .least = 6,
         .most = 3000,
         .help = "The landing prefix, which gets the lines that are too long for a Firehose record.",
         .field = FIELD(large_records)},
        {.name = "delete",
         .type = SETTING_TYPE_BOOL,
         .help = "Delete each letter from its bucket once its line is delivered. (In a folder letters stay: "
                 "its files are "
                 "appended to by workers.)",
         .field = FIELD(remove)},
        {.name = "execute",
         .type = SETTING_TYPE_BOOL,
         .help = "Do it; otherwise it is a dry run.",
         .field = FIELD(execute)},
        {.name = NULL}}};

static const struct option_table *const list_tables[] = {&place_table, &output_table, NULL};
static const struct option_table *const show_tables[] = {&place_table, NULL};
static const struct option_table *const redrive_tables[] = {&place_table, &redrive_table, NULL};

static const struct option_words_rule show_words = {
    .placeholder = "LETTER",
    .least = 1,
    .most = 10000,
    .help = "A letter by its name, as `dead-letter list` prints it.",
    .field = FIELD(letters),
};
static const struct option_words_rule redrive_words = {
    .placeholder = "LETTER",
    .most = 10000,
    .help = "A letter by its name, as `dead-letter list` prints it.",
    .field = FIELD(letters),
};

const struct command letters_commands[] = {
    {.name = "list",
     .synopsis = "--dead-letter PLACE [options]",
     .summary = "List the dead letters: which record, when, after how many attempts, and why.",
     .rights = "For a bucket: s3:ListBucket on it, s3:GetObject on the prefix.",
     .options = {.tables = list_tables},
     .run = letters_list_run,
     .request_bytes = sizeof(struct letters_request)},
    {.name = "show",
     .synopsis = "LETTER... --dead-letter PLACE",
     .summary = "Print dead letters whole, a JSON object a line.",
     .rights = "For a bucket: s3:ListBucket on it, s3:GetObject on the prefix.",
     .options = {.tables = show_tables, .words = &show_words},
     .run = letters_show_run,
     .request_bytes = sizeof(struct letters_request)},
    {.name = "redrive",
     .synopsis = "(LETTER... | --all) --dead-letter PLACE --firehose NAME [options]",
     .summary = "Send the lines of dead letters again.",
     .description = "Sends each letter's line, byte for byte, to the delivery stream, and those that are too "
                    "long for a record to the "
                    "landing prefix of --large-records. A dry run unless --execute is given: it tells what "
                    "would become of each letter. "
                    "A line that is sent twice is the same line, with the same event_id and ord, which a "
                    "reader drops. Records "
                    "that could not be decoded are no lines, and are passed over in words; so are lines that "
                    "are too long without "
                    "--large-records. The exit code is 5 when letters are left over.",
     .rights = "As list; with --execute also firehose:PutRecordBatch on the delivery stream, s3:PutObject on "
               "the landing "
               "prefix, s3:DeleteObject on the letters' prefix with --delete.",
     .options = {.tables = redrive_tables, .words = &redrive_words},
     .run = letters_redrive_run,
     .request_bytes = sizeof(struct letters_request)},
    {.name = NULL},
};
