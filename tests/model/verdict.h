/* What tests say of scenarios. Each verdict prints one line of numbers. */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H
#include "model/model.h"

/* The scenario holds in everything that can happen. */
void model_holds(const model_scenario *scenario);
/* With the mutation, NULL for none, it does not. */
void model_is_found(const model_scenario *scenario, const model_mutation *mutation);

#endif
