/* A rule from its JSON. */
#ifndef PENSTOCK_FAULTD_RULE_READ_H
#define PENSTOCK_FAULTD_RULE_READ_H

#include "tests/support/faultd/rules.h"

/* NULL, or what is wrong (a literal). Unknown members are refused, so that a typo does not make a test pass.
 */
const char *rule_read(const cJSON *tree, struct rule *ret_rule) MUST_USE;

#endif
