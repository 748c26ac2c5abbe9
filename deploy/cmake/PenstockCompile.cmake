# How every C file of this project is compiled, and what a room is.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # glibc and Linux calls
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(PENSTOCK_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

add_library(penstock_compile INTERFACE)
target_include_directories(penstock_compile INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_definitions(penstock_compile INTERFACE _GNU_SOURCE "PENSTOCK_VERSION=\"${PROJECT_VERSION}\"")
target_compile_options(
  penstock_compile
  INTERFACE -Wall
            -Wextra
            -Werror
            -Wconversion
            -Wshadow
            -Wstrict-prototypes
            -Wmissing-prototypes
            -Wpointer-arith
            -Wcast-qual
            -Wvla
            -Wformat=2
            -Wundef
            -fno-common
            -fstack-protector-strong
            -fstack-clash-protection
            -ftrivial-auto-var-init=zero
            $<$<C_COMPILER_ID:Clang>:-Wthread-safety>)
target_link_options(penstock_compile INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -pie)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(PENSTOCK_SANITIZE)
  target_compile_options(penstock_compile INTERFACE -fsanitize=${PENSTOCK_SANITIZE} -fno-sanitize-recover=all
                                                    -fno-omit-frame-pointer)
  target_link_options(penstock_compile INTERFACE -fsanitize=${PENSTOCK_SANITIZE})
else()
  target_compile_options(penstock_compile INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=3>)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
  target_compile_options(penstock_compile INTERFACE -fcf-protection=full)
endif()

# penstock_room(NAME LIBRARIES ...): the static library penstock_NAME of every C file in NAME/ and its folders, main.c left out.
function(penstock_room name)
  cmake_parse_arguments(ROOM "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${name}/*.c"
       "${CMAKE_SOURCE_DIR}/${name}/*/*.c")
  list(FILTER sources EXCLUDE REGEX "/main\\.c$")
  if(sources)
    add_library(penstock_${name} STATIC ${sources})
    target_link_libraries(penstock_${name} PUBLIC ${ROOM_LIBRARIES} PRIVATE penstock_compile)
    if(NOT PENSTOCK_SANITIZE) # threads have small stacks, base/thread.h; sanitizers widen frames
      target_compile_options(penstock_${name} PRIVATE -Wframe-larger-than=36864)
    endif()
  else()
    add_library(penstock_${name} INTERFACE)
    target_link_libraries(penstock_${name} INTERFACE ${ROOM_LIBRARIES})
  endif()
endfunction()

# penstock_embed(ROOM FILE NAME): the bytes of FILE as `const unsigned char NAME[]` and `const size_t NAME_bytes`, in that room.
function(penstock_embed room file name)
  set(source "${CMAKE_BINARY_DIR}/embedded/${name}.c")
  add_custom_command(
    OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" -D "FILE=${CMAKE_SOURCE_DIR}/${file}" -D "NAME=${name}" -D "SOURCE=${source}" -P
            "${CMAKE_SOURCE_DIR}/deploy/cmake/embed.cmake"
    DEPENDS "${CMAKE_SOURCE_DIR}/${file}" "${CMAKE_SOURCE_DIR}/deploy/cmake/embed.cmake"
    COMMENT "Embedding ${file}")
  target_sources(penstock_${room} PRIVATE "${source}")
endfunction()
