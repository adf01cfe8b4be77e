# One place for warnings. They are errors where TRIBUTARY_WERROR is on (`./dev check`).
option(TRIBUTARY_WERROR "Treat warnings as errors" OFF)

add_library(tributary_warnings INTERFACE)
target_compile_options(tributary_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wnon-virtual-dtor
  -Wno-missing-field-initializers  # leaving members out is what designated initialisers are for
  -Werror=unused-result -Werror=return-type -Werror=switch -Werror=dangling-else)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(tributary_warnings INTERFACE -Wthread-safety -Wno-gnu-statement-expression)
else()
  target_compile_options(tributary_warnings INTERFACE -Wshadow=local)
endif()
if(TRIBUTARY_WERROR)
  target_compile_options(tributary_warnings INTERFACE -Werror)
endif()
