// Reads tributary.yaml into a Project. Pure but for ${file:...} secrets; THREAD: any.
#pragma once

#include <string>

#include "pipeline/problems.h"
#include "pipeline/project.h"
#include "pipeline/variables.h"

namespace pipeline {

// Fills what tributary.yaml decides; mistakes go to `problems`. REQUIRES: project.root and
// project.target are set.
void ReadProjectYaml(const std::string& text, const Variables& variables, Problems& problems,
                     Project& project);

}  // namespace pipeline
