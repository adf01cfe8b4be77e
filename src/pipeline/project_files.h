// Finds what stands in a project's folders: models, macros, seeds. BLOCKS; THREAD: any.
#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "env/files.h"
#include "pipeline/project.h"

namespace pipeline {

// Fills project.models, macros and seeds from the folders below project.root, by name. ERRORS: of
// the file system only; a mistake in the project goes to `diagnostics`.
base::Result<void> ReadProjectFolders(env::Files& files, Project& project,
                                      std::vector<base::Diagnostic>& diagnostics);

}  // namespace pipeline
