/* Intertwiner's C interface: detect objects in images with a trained model, and train one. C99.
 *
 *   intertwiner_model* model;
 *   intertwiner_result* result;
 *   if (intertwiner_open_file("best.safetensors", NULL, &model) != INTERTWINER_OK) puts(intertwiner_last_error());
 *   ...
 *   intertwiner_detect(model, &image, 1, &result);
 *
 * Status. Every call that can fail returns an intertwiner_status; intertwiner_last_error() has the message, but not of
 * INTERTWINER_STOPPED. A call that fails changes nothing and sets its output pointer to NULL. A training that fails
 * keeps the files that it has written. No call throws, ends the process, raises a signal or prints. A null pointer or a
 * wrong size gives INTERTWINER_INVALID_ARGUMENT, unless a function says that it may be null.
 *
 * Threads. Any number of threads may call at once, also with one model. A model is closed when no call uses it any
 * more. Models share no state: threads, settings and limits of one do not affect another. After fork(), a child must
 * not use a model that its parent opened.
 *
 * ABI. The library's SONAME is libintertwiner.so.0. As long as that name stays:
 *   - functions keep their parameters and meaning, and constants keep their values; new ones may come;
 *   - a struct with a field `size` may get more fields at its end; the caller sets `size` to its own sizeof, and fields
 *     that the caller does not have get their defaults; fields that the library does not have must be 0;
 *   - structs without that field never change; models and results are only seen as pointers.
 */
#ifndef INTERTWINER_H
#define INTERTWINER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INTERTWINER_API __attribute__((visibility("default")))

/* Version of this header. INTERTWINER_VERSION can be compared: 1.2.3 is 10203. */
#define INTERTWINER_VERSION_MAJOR 0
#define INTERTWINER_VERSION_MINOR 1
#define INTERTWINER_VERSION_PATCH 0
#define INTERTWINER_VERSION \
  (INTERTWINER_VERSION_MAJOR * 10000 + INTERTWINER_VERSION_MINOR * 100 + INTERTWINER_VERSION_PATCH)

typedef enum intertwiner_status {
  INTERTWINER_OK = 0,
  INTERTWINER_INVALID_ARGUMENT = 1, /* null pointer, wrong size, value out of range, unknown name, unusable data set */
  INTERTWINER_FILE_ERROR = 2,       /* a file is missing, or cannot be read or written */
  INTERTWINER_DAMAGED = 3,          /* a file, or bytes in memory: cut short, damaged, of another format */
  INTERTWINER_UNSUPPORTED = 4,      /* not with this version, processor or machine: no GPU, for example */
  INTERTWINER_OUT_OF_MEMORY = 5,
  INTERTWINER_STOPPED = 6,         /* the progress function stopped the training, which was saved */
  INTERTWINER_TRAINING_FAILED = 7, /* a loss became infinite or NaN; the last checkpoint stays */
  INTERTWINER_INTERNAL_ERROR = 8   /* a bug in the library; please report it */
} intertwiner_status;

typedef enum intertwiner_device {
  INTERTWINER_CPU = 0,
  INTERTWINER_CUDA = 1 /* the first NVIDIA GPU. Calls on it wait for each other; a training is one. */
} intertwiner_device;

/* ---- Version and errors ---- */

/* Version of the library: "0.1.0", and as in INTERTWINER_VERSION. */
INTERTWINER_API const char* intertwiner_version_text(void);
INTERTWINER_API int32_t intertwiner_version(void);

/* One line about the last call of this thread that failed: what, where, what to do. Empty if none failed. Valid until
 * the next call of this thread. */
INTERTWINER_API const char* intertwiner_last_error(void);

/* A status as a word, such as "file error". */
INTERTWINER_API const char* intertwiner_status_text(intertwiner_status status);

/* ---- Models ---- */

typedef struct intertwiner_model intertwiner_model;

typedef struct intertwiner_options {
  size_t size;     /* sizeof(intertwiner_options) */
  int32_t device;  /* intertwiner_device; INTERTWINER_CPU */
  int32_t threads; /* CPU threads of this model, the caller's included; 0: as many as the CPU has */
  double score;    /* 0..1: detections with this score or less are left out; -1: the model's setting */
  double nms;      /* 0..1: of boxes of one class with a larger IoU only the best stays; -1: the model's setting */
  int64_t max_detections; /* per image, at most 100000; 0: the model's setting */
  int64_t max_pixels;     /* images with more pixels (width x height) are refused; 100 million */
} intertwiner_options;

/* Writes the defaults. `size` is the caller's sizeof(intertwiner_options). */
INTERTWINER_API intertwiner_status intertwiner_default_options(intertwiner_options* options, size_t size);

/* Opens a model that a training wrote, such as RUN/best.safetensors. `options` may be null: the defaults. */
INTERTWINER_API intertwiner_status intertwiner_open_file(const char* path, const intertwiner_options* options,
                                                         intertwiner_model** model);
/* The same for the bytes of such a file. They are copied. */
INTERTWINER_API intertwiner_status intertwiner_open_memory(const void* bytes, size_t byte_count,
                                                           const intertwiner_options* options,
                                                           intertwiner_model** model);
/* `model` may be null. Results of the model stay valid. */
INTERTWINER_API intertwiner_status intertwiner_close(intertwiner_model* model);

/* Sets the number of threads of the model, as intertwiner_options does. Calls that run at once share these threads: a
 * call that finds them busy computes on its caller's thread. The result does not depend on their number. */
INTERTWINER_API intertwiner_status intertwiner_set_threads(intertwiner_model* model, int32_t threads);

/* Number of classes. Classes are numbered from 0. */
INTERTWINER_API intertwiner_status intertwiner_class_count(const intertwiner_model* model, size_t* count);
/* A class's name, UTF-8. Valid until the model is closed. */
INTERTWINER_API intertwiner_status intertwiner_class_name(const intertwiner_model* model, size_t class_index,
                                                          const char** name);

/* ---- Detection ---- */

typedef enum intertwiner_format {
  INTERTWINER_ENCODED = 0, /* the bytes of a JPEG, PNG or BMP file */
  INTERTWINER_RGB = 1,     /* 8 bits for each channel */
  INTERTWINER_BGR = 2,
  INTERTWINER_RGBA = 3, /* shown on white, as PNG files are */
  INTERTWINER_BGRA = 4,
  INTERTWINER_GREY = 5
} intertwiner_format;

typedef struct intertwiner_image {
  const void* data;
  size_t byte_count;  /* of `data` */
  int32_t format;     /* intertwiner_format */
  int32_t width;      /* px; width, height and stride are ignored if the image is encoded */
  int32_t height;     /* px */
  int32_t row_stride; /* bytes from one row to the next; 0: rows without gaps */
} intertwiner_image;

typedef struct intertwiner_detection {
  float x1, y1, x2,
      y2;      /* left, top, right, bottom, in px of the image as it is shown (EXIF's orientation is applied) */
  float score; /* 0..1 */
  int32_t class_index;
} intertwiner_detection;

typedef struct intertwiner_result intertwiner_result;

/* Finds the objects in `count` images. The result is the same as for each image alone. On the CPU, as many
 * images as the model has threads are computed at once, each on a thread; the rest one after the other. */
INTERTWINER_API intertwiner_status intertwiner_detect(intertwiner_model* model, const intertwiner_image* images,
                                                      size_t count, intertwiner_result** result);

/* The detections of one image of the batch, highest score first. Valid until the result is freed. */
INTERTWINER_API intertwiner_status intertwiner_detections(const intertwiner_result* result, size_t image_index,
                                                          const intertwiner_detection** detections, size_t* count);

/* `result` may be null. */
INTERTWINER_API intertwiner_status intertwiner_free_result(intertwiner_result* result);

/* ---- Training ---- */

typedef enum intertwiner_event {
  INTERTWINER_STEP = 0,       /* a step is done: step, total_steps, epoch, loss, seconds */
  INTERTWINER_EVALUATING = 1, /* during an evaluation: images_done, images */
  INTERTWINER_EVALUATION = 2, /* an evaluation is done: step, epoch, ap, ap50, is_best */
  INTERTWINER_MESSAGE = 3     /* words for the user: message */
} intertwiner_event;

/* What happened. Fields that an event does not name are 0. total_steps: 0 until it is known, then an estimate, if the
 * setting `minutes` decides the length. epoch: epochs done, with a fraction. seconds: duration of this step. ap, ap50:
 * 0 to 1; -1 if no validation image has an object. */
typedef struct intertwiner_progress {
  size_t size; /* of this struct in the library */
  int32_t event;
  int32_t is_best; /* 1: best.safetensors is this model */
  int64_t step, total_steps;
  int64_t images_done, images;
  double epoch, loss, seconds, ap, ap50;
  const char* message; /* valid during the call */
} intertwiner_progress;

/* Called by the thread that called intertwiner_train. Return 0 to go on; any other value saves and stops the run. It
 * may call this library, except intertwiner_train. It must neither throw nor longjmp. */
typedef int (*intertwiner_progress_function)(const intertwiner_progress* progress, void* context);

/* A setting by its name on the command line of `train`, such as {"learning-rate", "0.01"}. */
typedef struct intertwiner_setting {
  const char* name;
  const char* value;
} intertwiner_setting;

typedef struct intertwiner_train_options {
  size_t size;        /* sizeof(intertwiner_train_options); zeros are not the defaults of the other fields:
                       * intertwiner_default_train_options writes these */
  const char* folder; /* of the run: best.safetensors, last.safetensors, log.jsonl, settings.toml */
  int32_t overwrite;  /* 1: replace a run in the folder */
  int32_t resume;     /* 1: continue the run in the folder, which has its own data, settings and weights: these must
                       * be null; preset, split, val_split, eval_every, max_pixels and overwrite have no effect */

  const char* const* data; /* folders in VOC's, COCO's or YOLO's layout, COCO's .json, "scenes" */
  size_t data_count;
  const char* split;           /* of `data`; "train" */
  const char* const* val_data; /* data sets to validate on; null: those of `data` that have the split `val_split` */
  size_t val_data_count;
  const char* val_split; /* "val" */
  int64_t max_pixels;    /* as in intertwiner_options */

  const char* preset; /* "faster-rcnn-r18" */
  const intertwiner_setting* settings;
  size_t setting_count;
  const char* weights; /* a checkpoint to start from; null: random weights */
  double eval_every;   /* epochs between evaluations; 0: only at the end; -1: by their cost */

  int32_t device;                         /* as in intertwiner_options */
  int32_t threads;                        /* as in intertwiner_options */
  intertwiner_progress_function progress; /* null: none */
  void* context;                          /* given to `progress` */
} intertwiner_train_options;

/* Writes the defaults. `size` is the caller's sizeof(intertwiner_train_options). */
INTERTWINER_API intertwiner_status intertwiner_default_train_options(intertwiner_train_options* options, size_t size);

/* Trains a model, or continues a run. The same options give the same bits, with any number of threads. Two options
 * depend on the time: the setting minutes decides the length of the run; eval_every -1 decides when it is evaluated,
 * and so which model is the best. */
INTERTWINER_API intertwiner_status intertwiner_train(const intertwiner_train_options* options);

#ifdef __cplusplus
}
#endif

#endif
