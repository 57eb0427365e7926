// Random IoU crop (Liu et al., SSD, 2016, 2.2; torchvision's RandomIoUCrop). It draws a min IoU from 0, 0.1, 0.3, 0.5,
// 0.7, 0.9 and "no crop". Then it draws up to 40 crops, with sides of 0.3 to 1 of the view's and width / height from
// 0.5 to 2. It takes the first crop that has the centre of an object inside, if one of these objects has the min IoU
// with the crop. If there is none, it draws another min IoU.
//
// Objects whose centre is outside are dropped, and the others are clipped to the crop.
#pragma once
#include "data/augment/augment_random.h"
#include "data/augment/canvas.h"

namespace intertwiner {

/// Crops the view. A canvas without objects stays as it is.
void crop_by_iou(Canvas& canvas, RandomStream& random);

}  // namespace intertwiner
