/* Detects objects in one image, with the C library.
 *   gcc -std=c99 detect.c $(pkg-config --cflags --libs intertwiner) -o detect
 *   ./detect run/best.safetensors photo.jpg */
#include <intertwiner.h>
#include <stdio.h>
#include <stdlib.h>

/* The bytes of a file; NULL if it cannot be read. */
static unsigned char* read_file(const char* name, size_t* size) {
  FILE* file = fopen(name, "rb");
  unsigned char* bytes = NULL;
  long end = -1;
  if (file == NULL) return NULL;
  if (fseek(file, 0, SEEK_END) == 0) end = ftell(file);
  rewind(file);
  if (end > 0) bytes = malloc((size_t)end);
  *size = bytes != NULL ? fread(bytes, 1, (size_t)end, file) : 0;
  fclose(file);
  return bytes;
}

int main(int argc, char** argv) {
  intertwiner_model* model = NULL;
  intertwiner_result* result = NULL;
  intertwiner_image image = {0};
  unsigned char* bytes = NULL;
  const intertwiner_detection* found = NULL;
  size_t count = 0, i;
  intertwiner_status status;

  if (argc != 3) {
    fprintf(stderr, "give a model and an image\n");
    return 2;
  }
  if ((bytes = read_file(argv[2], &image.byte_count)) == NULL) {
    fprintf(stderr, "%s: cannot be read\n", argv[2]);
    return 2;
  }
  image.data = bytes;
  image.format = INTERTWINER_ENCODED;
  status = intertwiner_open_file(argv[1], NULL, &model);
  if (status == INTERTWINER_OK) status = intertwiner_detect(model, &image, 1, &result);
  if (status == INTERTWINER_OK) status = intertwiner_detections(result, 0, &found, &count);
  for (i = 0; i < count; ++i) {
    const char* name = "";
    intertwiner_class_name(model, (size_t)found[i].class_index, &name);
    printf("%s %.2f at %.0f, %.0f\n", name, found[i].score, found[i].x1, found[i].y1);
  }
  if (status != INTERTWINER_OK) fprintf(stderr, "%s: %s\n", intertwiner_status_text(status), intertwiner_last_error());
  intertwiner_free_result(result);
  intertwiner_close(model);
  free(bytes);
  return status == INTERTWINER_OK ? 0 : 1;
}
