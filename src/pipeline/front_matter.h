// The leading /* --- ... --- */ comment of a model's file: YAML about the model. Pure; THREAD: any.
#pragma once

#include <string>

#include "pipeline/problems.h"
#include "pipeline/project.h"

namespace pipeline {

// Reads model.text (REQUIRES: model.name, model.file and model.text are set) into the model's other
// members; mistakes go to `problems`.
void ReadModelText(Problems& problems, Model& model);

}  // namespace pipeline
