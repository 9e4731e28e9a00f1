"""The laws are tested in the whole house."""

from tests.house import _no_fault_left_behind, house, moving_house, shop, small_house

__all__ = ["_no_fault_left_behind", "house", "moving_house", "shop", "small_house"]
