//! One root finder for all methods: Newton's steps, kept inside a bracket that halves where a step would leave it.

/// More steps than halving a bracket of any two floats in our range needs.
const STEPS: usize = 200;

/// The point in `[low, high]` at which a falling function meets 0; the nearer end where rounding put the root just outside.
///
/// `evaluate` gives value and slope. The caller checks what was reached: this gives its best point and never fails.
pub(super) fn falling_root(mut low: f64, mut high: f64, evaluate: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut point = low;
    for _ in 0..STEPS {
        let (value, slope) = evaluate(point);
        if value == 0.0 {
            break;
        }
        if value > 0.0 {
            low = point;
        } else {
            high = point;
        }
        let newton = point - value / slope;
        if (newton - point).abs() <= f64::EPSILON * point.abs() {
            break;
        }
        let next = if newton > low && newton < high { newton } else { low + (high - low) / 2.0 };
        if next == point {
            break;
        }
        point = next;
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_met_where_newton_alone_would_run_away() {
        let root = falling_root(-50.0, 50.0, |x: f64| ((3.0 - x).atan(), -1.0 / (1.0 + (3.0 - x) * (3.0 - x))));
        assert!((root - 3.0).abs() < 1e-12, "{root}");
    }

    #[test]
    fn a_bracket_of_one_point_gives_that_point() {
        assert_eq!(falling_root(2.0, 2.0, |x| (2.0 - x, -1.0)), 2.0);
        assert_eq!(falling_root(2.0, 2.0, |_| (1e-17, -1.0)), 2.0);
    }
}
