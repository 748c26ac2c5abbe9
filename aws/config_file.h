/* One of AWS's shared files (~/.aws/config, ~/.aws/credentials), parsed as the AWS CLI does: Python's
 * configparser with one level of nesting, see
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 *
 *   [profile dev]          ; a section; [dev] in the credentials file
 *   region = eu-west-1     ; keys in any case, '=' or ':'
 *   services = local       ; a value can go on in lines that are indented deeper
 *   [services local]
 *   dynamodb =
 *     endpoint_url = http://localhost:8000
 *
 * A file is read once and then constant: any thread may look up. Values can be secrets: they are wiped when
 * freed, and no reason quotes a line.
 */
#ifndef PENSTOCK_AWS_CONFIG_FILE_H
#define PENSTOCK_AWS_CONFIG_FILE_H

#include "base/bytes.h"

enum { CONFIG_FILE_BYTES = 1024 * 1024, CONFIG_FILE_SECTIONS = 4096, CONFIG_FILE_ENTRIES = 16384 };

/* What a section header stands for. */
enum config_section_kind {
    CONFIG_PLAIN, /* "[name]": the header as it is */
    CONFIG_PROFILE, /* "[profile name]", or "[default]" */
    CONFIG_SERVICES, /* "[services name]" */
};

struct config_file; /* opaque */

/* A missing file, or one that may not be read, is an empty one: config_file_problem() says so.
 * STATUS_INVALID names file and line of what does not parse; STATUS_TOO_LARGE over the limits above. */
struct status config_file_load(const char *path, struct config_file **ret_file) MUST_USE;

/* The same from memory; `path` is for messages. */
struct status config_file_parse(struct slice text, const char *path, struct config_file **ret_file) MUST_USE;

/* NULL is fine. */
void config_file_free(struct config_file *file);

/* "does not exist", "cannot be read: ..."; NULL when the file was read. Borrowed. */
const char *config_file_problem(const struct config_file *file);
const char *config_file_path(const struct config_file *file);

/* When a name occurs twice ("[default]" and "[profile default]") the last section counts, as in the CLI. */
bool config_file_has(const struct config_file *file, enum config_section_kind kind, const char *name);

/* The value of `key` (lower case), or NULL. A key with nested values has the value "". Borrowed. */
const char *config_file_get(const struct config_file *file, enum config_section_kind kind, const char *name,
                            const char *key);

/* The value of `subkey` in the lines nested below `key`, or NULL. Borrowed. */
const char *config_file_get_nested(const struct config_file *file, enum config_section_kind kind,
                                   const char *name, const char *key, const char *subkey);

#endif
