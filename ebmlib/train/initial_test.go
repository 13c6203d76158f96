package train

import "github.com/gomlx/gomlx/ml/model/initializer"

var initialOne = initializer.One
